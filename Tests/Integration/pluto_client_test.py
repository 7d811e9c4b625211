"""The unmodified pluto-ml client against the daemon's TCP address, by its own environment variables:
it logs a run and reads it back. Each client is a process of its own, as a training script is."""

import json
import math
import os
import subprocess
import sys
import urllib.request

import pytest

from harness import environment

pytest.importorskip("pluto")

PROJECT = "my-ml-project"

TRAIN = """
run = pluto.init(project=PROJECT, name="first", config={"lr": 0.1, "opt": {"name": "adam"}},
                 tags=["baseline"], run_id=EXTERNAL)
for step in range(1, 21):
    run.log({"train/loss": 1 / step, "acc": math.nan if step == 7 else step / 20})
run.log({"weights": pluto.Histogram([1, 2, 3, 3])}, step=21)
run.update_config({"epochs": 3})
run.add_tags("nightly")
print("a line for the console")
run.finish()
show({"id": run.settings._op_id, "display": run.settings._display_id, "resumed": run.resumed})
"""

RESUME = """
run = pluto.init(project=PROJECT, run_id=DISPLAY)
for step in range(19, 23):
    run.log({"train/loss": 100.0 + step}, step=step)
run.finish()
show({"id": run.settings._op_id, "resumed": run.resumed})
"""

READ = """
import pluto.query as pq
run = pq.get_run(PROJECT, ID)
show({
    "run": run,
    "same": pq.get_run(PROJECT, run["displayId"])["id"],
    "runs": pq.list_runs(PROJECT, search="FIR", tags=["baseline"]),
    "alive": pq.list_runs(PROJECT, sort="-summary_metrics.train/loss", filters={"$or": [
        {"state": "running"}, {"heartbeat_at": {"$gte": "2020-01-01T00:00:00"}}]}),
    "failed": pq.list_runs(PROJECT, filters={"$not": {"summaryMetrics.acc": {"$gte": 0.5}}}),
    "projects": pq.list_projects(),
    "names": pq.get_metric_names(PROJECT, run_ids=[ID]),
    "found": pq.get_metric_names(PROJECT, search="LOSS"),
    "metrics": pq.get_metrics(PROJECT, run["displayId"], metric_names=["train/loss"]),
    "window": pq.get_metrics(PROJECT, ID, metric_names=["acc", "train/loss"], step_min=6, step_max=8),
    "statistics": pq.get_statistics(PROJECT, ID)["metrics"],
    "compare": pq.compare_runs(PROJECT, [ID, run["displayId"]], "train/loss"),
    "leaderboard": pq.leaderboard(PROJECT, "train/loss", aggregation="MIN"),
    "logs": pq.get_logs(PROJECT, ID),
})
"""


@pytest.fixture
def client(new_daemon):
    """Runs a script with the client; returns what it shows."""
    daemon = new_daemon("--listen", "127.0.0.1:0").start()
    address = daemon.tcp_address()

    def run(script, **names):
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        head = "import json, math, pluto\n" \
               "def show(value): print('\\n=> ' + json.dumps(value), flush=True)\n"
        # Sampling this machine is not the client's protocol, and would race with the test.
        settings = {"PLUTO_API_KEY": "a-key-of-the-test", "PLUTO_DIR": str(daemon.home),
                    "PLUTO_DISABLE_TELEMETRY": "1"}
        for name in ("APP", "API", "INGEST", "PY"):
            settings[f"PLUTO_URL_{name}"] = f"http://{address}"
        result = subprocess.run(
            [sys.executable, "-c", head + given + script], capture_output=True, text=True,
            env={**environment(daemon.home), **settings}, cwd=daemon.home, timeout=120)
        shown = [line[3:] for line in result.stdout.splitlines() if line.startswith("=> ")]
        assert result.returncode == 0 and shown, result.stdout + result.stderr
        return json.loads(shown[-1])

    run.daemon = daemon
    return run


def test_a_run_is_logged_and_read_back(client):
    started = client(TRAIN, PROJECT=PROJECT, EXTERNAL="job-1")
    assert started == {"id": 1, "display": "MMP-1", "resumed": False}
    # The very first read has everything.
    read = client(READ, PROJECT=PROJECT, ID=1)
    run = read["run"]
    assert (run["name"], run["status"], run["displayId"]) == ("first", "COMPLETED", "MMP-1")
    assert run["tags"] == ["baseline", "nightly"] and run["externalId"] == "job-1"
    assert run["config"] == {"lr": 0.1, "opt": {"name": "adam"}, "epochs": 3}
    names = {name["logName"]: name["logType"] for name in run["logNames"]}
    assert names["train/loss"] == "METRIC" and names["weights"] == "HISTOGRAM"
    assert [run["id"] for run in read["alive"]] == [1] and read["failed"] == []
    assert read["same"] == 1 and [run["id"] for run in read["runs"]] == [1]
    assert [(project["name"], project["runCount"]) for project in read["projects"]] == [(PROJECT, 1)]
    assert {"acc", "train/loss"} <= set(read["names"]) and read["found"] == ["train/loss"]
    assert [(row["step"], row["value"]) for row in read["metrics"]] == \
        [(step, 1 / step) for step in range(1, 21)]
    assert [(row["metric"], row["step"], row["valueFlag"]) for row in read["window"]] == \
        [("acc", 6, ""), ("acc", 7, "NaN"), ("acc", 8, "")] + \
        [("train/loss", step, "") for step in (6, 7, 8)]
    statistics = {row["logName"]: row for row in read["statistics"]}
    loss = [1 / step for step in range(1, 21)]
    assert statistics["train/loss"]["mean"] == pytest.approx(math.fsum(loss) / 20)
    assert statistics["acc"]["count"] == 19
    assert statistics["acc"]["last"] == {"step": 20, "value": 1}
    assert [run["stats"]["final"] for run in read["compare"]["runs"]] == [0.05]
    assert read["leaderboard"]["runs"][0]["value"] == 0.05 and read["leaderboard"]["total"] == 1
    assert "a line for the console" in [line["message"] for line in read["logs"]]
    # Console and structured lines are raw rows of entities.
    rows = client.daemon.rows("sql", "SELECT kind, count(*) AS count FROM entities_raw GROUP BY kind")
    counts = {row["kind"]: row["count"] for row in rows}
    assert counts["run_data"] == 1 and counts["run_log"] == len(read["logs"])


FILES = """
run = pluto.init(project=PROJECT, name="media")
run.log({"notes": [pluto.Text("text of " + name, caption=name)
                   for name in ("delta", "alpha", "foxtrot")]}, step=0)
run.finish()
show(run.settings._op_id)
"""

READ_FILES = """
import pluto.query as pq, pathlib
source = pathlib.Path("config.yaml")
source.write_text("lr: 0.1")
client = pq.Client()
client.upload_file(PROJECT, ID, "hydra/config", source)
copy = client.download_file(PROJECT, ID, "hydra/config", "copy.yaml")
show({"copy": copy.read_text(), "files": client.get_files(PROJECT, ID)})
"""


def test_media_come_back_in_the_order_in_which_they_were_logged(client):
    run = client(FILES, PROJECT=PROJECT)
    read = client(READ_FILES, PROJECT=PROJECT, ID=run)
    assert read["copy"] == "lr: 0.1"
    notes = [file for file in read["files"] if file["logName"] == "notes"]
    assert [file["caption"] for file in notes] == ["delta", "alpha", "foxtrot"]
    texts = []
    for file in notes:
        with urllib.request.urlopen(file["downloadUrl"]) as answer:
            texts.append(answer.read().decode())
    assert texts == ["text of delta", "text of alpha", "text of foxtrot"]


def test_a_resumed_run_shows_both_views(client):
    client(TRAIN, PROJECT=PROJECT, EXTERNAL="job-1")
    assert client(RESUME, PROJECT=PROJECT, DISPLAY="MMP-1") == {"id": 1, "resumed": True}
    ask = ["metrics", "series", "--run", "1", "--name", "train/loss", "--step-min", "18"]
    latest = client.daemon.rows(*ask)
    assert [(row["step"], float(row["value"])) for row in latest] == \
        [(18, pytest.approx(1 / 18)), (19, 119), (20, 120), (21, 121), (22, 122)]
    raw = client.daemon.rows(*ask, "--view", "raw")
    assert [row["step"] for row in raw] == [18, 19, 19, 20, 20, 21, 22]
    client.daemon.spanq("compact")
    client.daemon.kill()
    client.daemon.start()
    assert client.daemon.rows(*ask) == latest
    assert client.daemon.rows(*ask, "--view", "raw") == raw


def test_the_same_external_id_is_the_same_run(client):
    first = client(TRAIN, PROJECT=PROJECT, EXTERNAL="job-2")
    again = client("run = pluto.init(project=PROJECT, run_id=EXTERNAL, resume=True)\n"
                   "run.finish()\nshow({'id': run.settings._op_id, 'resumed': run.resumed})",
                   PROJECT=PROJECT, EXTERNAL="job-2")
    assert again == {"id": first["id"], "resumed": True}
