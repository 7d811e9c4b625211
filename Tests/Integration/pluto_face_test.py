"""Pluto's face: the rows of the reference checklist over HTTP. Every `check_…` must hold of the same
data in the memtable, sealed, compacted, and after SIGKILL and restart; its `write_…` came first.
"""

import json
import math
import pathlib
import shutil
import tempfile
import urllib.parse

import pytest

from harness import Daemon

PROJECT = "checklist"
LIMIT_POINTS = 50_000


class Face:
    """Pluto's routes over the daemon's socket."""

    def __init__(self, daemon):
        self.daemon = daemon

    def post(self, path, body, **headers):
        with self.daemon.connect(timeout=120) as connection:
            return connection.post(path, body, **headers)

    def ingest(self, run, *lines, kind="metrics", project=PROJECT):
        body = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
        return self.post(f"/ingest/{kind}", body.encode(), X_Run_Id=str(run),
                         X_Project_Name=project, Content_Type="application/x-ndjson")

    def log(self, run, points, name="loss"):
        """Points are (step, time, value); NaN and infinities as Python's json writes them."""
        answer = self.ingest(run, *({"time": time, "step": step, "data": {name: value}}
                                    for step, time, value in points))
        assert answer.status == 200, answer.body
        assert answer.body.decode() == f"Stream processed successfully: {len(points)} records"

    def answer(self, path, **parameters):
        query = urllib.parse.urlencode({"projectName": PROJECT, **parameters})
        with self.daemon.connect(timeout=120) as connection:
            return connection.get(f"/api/runs/{path}?{query}")

    def get(self, path, **parameters):
        answer = self.answer(path, **parameters)
        assert answer.status == 200, answer.body
        # No token that JSON does not have.
        return json.loads(answer.body, parse_constant=lambda token: pytest.fail(token))

    def raw(self, run, name="loss", **parameters):
        return self.get("metrics/raw", runId=run, logName=name, **parameters)

    def points(self, run, name="loss", **parameters):
        rows = self.get("metrics", runId=run, logName=name, **parameters)["metrics"]
        return [(row["step"], row["value"]) for row in rows]

    def announce(self, run, *files, project=PROJECT):
        """Announces files; returns the answer's addresses by name."""
        answer = self.post("/files", json.dumps({"files": files}).encode(), X_Run_Id=str(run),
                           X_Project_Name=project, Content_Type="application/json")
        assert answer.status == 200, answer.body
        return {name: url for urls in answer.json().values() for mapping in urls
                for name, url in mapping.items()}

    def put(self, url, data):
        with self.daemon.connect(timeout=120) as connection:
            return connection.request("PUT", urllib.parse.urlsplit(url).path, data, {
                "Content-Type": "image/png"})

    def fetch(self, url):
        with self.daemon.connect(timeout=120) as connection:
            return connection.get(urllib.parse.urlsplit(url).path)

    def statistics(self, run, **parameters):
        return self.get("statistics", runId=run, **parameters)["metrics"]


def steps(values):
    return [(number + 1, number, value) for number, value in enumerate(values)]


def write_latest(face):
    face.log(1, [(1, 0, 1.0), (1, 1, -1.0)])
    face.log(2, [(1, 5, 5.0)])
    face.log(2, [(1, 3, 3.0)])
    # Ties: the last to arrive, in another body or in the same.
    face.log(3, [(1, 7, 10.0)])
    face.log(3, [(1, 7, 20.0)])
    face.log(3, [(2, 7, 10.0), (2, 7, 20.0), (2, 7, 15.0)])


def check_latest(face):
    assert face.points(1) == [(1, -1.0)]
    assert [row["value"] for row in face.raw(1)["rows"]] == [1.0, -1.0]
    assert face.points(2) == [(1, 5.0)]
    assert [row["value"] for row in face.raw(2)["rows"]] == [3.0, 5.0]
    assert face.points(3) == [(1, 20.0), (2, 15.0)]
    assert [row["value"] for row in face.raw(3)["rows"]] == [10, 20, 10, 20, 15]
    (row,) = face.statistics(1)
    assert (row["count"], row["min"], row["max"], row["mean"]) == (1, -1, -1, -1)
    assert row["last"] == {"step": 1, "value": -1}


def write_flags(face):
    face.log(4, steps([math.nan, math.inf, -math.inf, 0.5]))
    face.log(5, steps([2, 4, math.nan, math.inf]))
    face.log(6, steps([math.nan, math.inf]))


def check_flags(face):
    rows = face.raw(4)["rows"]
    assert [row["nonFiniteFlags"] for row in rows] == [1, 2, 4, 0]
    assert [row["value"] for row in rows] == [0, 0, 0, 0.5]
    assert rows[1]["time"] == "1970-01-01 00:00:00.001"
    flags = face.get("metrics", runId=4)["metrics"]
    assert [row["valueFlag"] for row in flags] == ["NaN", "Inf", "-Inf", ""]
    (row,) = face.statistics(5)
    assert (row["count"], row["min"], row["max"], row["mean"], row["stddev"]) == (2, 2, 4, 3, 1)
    assert row["last"] == {"step": 2, "value": 4}
    (row,) = face.statistics(6)
    assert row["count"] == 0 and row["nonFiniteCount"] == 2
    assert row["min"] is row["max"] is row["mean"] is row["stddev"] is row["last"] is None
    assert face.get("metric-names", runIds="6")["metricNames"] == ["loss"]
    (run,) = face.get("compare", runIds="6", logName="loss")["runs"]
    assert run["stats"] is None


def write_statistics(face):
    face.log(7, steps([1, 2, 3, 4, 5]))
    face.log(8, steps([1e9 + 1, 1e9 + 2, 1e9 + 3]))
    face.ingest(9, {"time": 1, "step": 1, "data": {"a/b/c": 1, "loss": 2, "a/": 3, "/a": 4}})


def check_statistics(face):
    (row,) = face.statistics(7)
    assert (row["count"], row["min"], row["max"], row["mean"]) == (5, 1, 5, 3)
    assert row["stddev"] == pytest.approx(math.sqrt(2))
    assert row["last"] == {"step": 5, "value": 5}
    assert len(face.raw(7)["rows"]) == 7
    (row,) = face.statistics(8)
    assert row["stddev"] ** 2 == pytest.approx(2 / 3)
    groups = {row["logName"]: row["logGroup"] for row in face.statistics(9)}
    assert groups == {"/a": "", "a/": "a", "a/b/c": "a/b", "loss": ""}
    assert [row["logName"] for row in face.statistics(9, logGroup="")] == ["/a", "loss"]
    assert len(face.get("metrics", runId=9, logGroup="")["metrics"]) == 4
    assert [row["logName"] for row in face.get("metrics", runId=9, logGroup="a/b")["metrics"]] \
        == ["a/b/c"]
    assert face.answer("statistics", runId=999).status == 404


def write_range(face):
    face.log(10, [(step, step, step) for step in range(10)])


def check_range(face):
    rows = face.raw(10, stepMin=3, stepMax=5)
    assert [row["step"] for row in rows["rows"]] == [3, 4, 5] and not rows["truncated"]
    assert [step for step, _ in face.points(10, stepMin=3, stepMax=5)] == [3, 4, 5]
    for bad in ({"stepMin": -1}, {"limit": 50_001}, {"limit": 0}, {"stepMax": "x"}):
        answer = face.answer("metrics/raw", runId=10, logName="loss", **bad)
        assert answer.status == 400 and answer.json()["error"], bad
    assert face.answer("metrics/raw", runId=10).status == 400
    assert face.raw(999) == {"rows": [], "truncated": False}
    for limit, wanted in ((3, [0, 4, 8, 9]), (4, [0, 3, 6, 9]), (5, [0, 2, 4, 6, 8, 9]),
                          (9, [0, 2, 4, 6, 8, 9]), (10, list(range(10)))):
        assert [step for step, _ in face.points(10, limit=limit)] == wanted


def write_long(face):
    # More writes at one step than one page of Pluto's holds.
    face.log(11, [(1, time, time) for time in range(LIMIT_POINTS + 1)])
    face.log(12, [(step, 0, 1.0) for step in range(20_000)])


def check_long(face):
    page = face.raw(11)
    assert len(page["rows"]) == LIMIT_POINTS and page["truncated"] is True
    rest = face.raw(11, cursor=page["nextCursor"])
    assert [row["value"] for row in rest["rows"]] == [LIMIT_POINTS] and not rest["truncated"]
    # Exactly as many as the limit are all of them: Pluto says truncated.
    assert face.raw(12, limit=20_000)["truncated"] is False
    assert len(face.points(12, limit=10_000)) == 10_001


def write_ranking(face):
    for run, value in zip(range(21, 26), (3, math.nan, 1, math.inf, -math.inf)):
        face.log(run, [(1, run, value)], name="rank")
    # A value that was overwritten, but came last.
    face.log(21, [(1, 900, 3), (1, 5, 8)], name="rank")


def check_ranking(face):
    def ranked(**parameters):
        answer = face.get("leaderboard", logName="rank", **parameters)
        assert answer["total"] == 5
        return [(run["rank"], run["valueFlag"] or run["value"]) for run in answer["runs"]]

    assert ranked() == list(enumerate(["-Inf", 1, 3, "Inf", "NaN"], 1))
    assert ranked(direction="DESC") == list(enumerate(["Inf", 3, 1, "-Inf", "NaN"], 1))
    assert ranked(offset=1, limit=2, aggregation="MAX") == [(2, 1), (3, 3)]
    assert face.answer("leaderboard", logName="rank", aggregation="SUM").status == 400
    answer = face.get("compare", runIds="21,23,999", logName="rank")
    assert [run["runId"] for run in answer["runs"]] == [21, 23]
    assert answer["summary"]["bestRun"]["runId"] == 21
    assert face.answer("compare", runIds="", logName="rank").status == 400
    many = ",".join(map(str, range(1, 102)))
    assert face.answer("compare", runIds=many, logName="rank").status == 400
    beats = {row["run_id"]: row for row in face.daemon.rows(
        "metrics", "heartbeat", "--runs", "21,22,999")}
    assert beats["21"]["last_time"] == "1970-01-01T00:00:00.900000000Z" and "999" not in beats
    names = face.get("metric-names", search="RAN")
    assert names["metricNames"] == ["rank"] and not names["truncated"]
    assert face.get("metric-names", limit=1)["truncated"] is True


def write_ingest(face):
    answer = face.ingest(
        30, '{"time":1000,"step":1,"data":{"loss":NaN,"grad":Infinity,"min":-Infinity,"acc":0.95,'
            '"none":null}}')
    assert answer.body == b"Stream processed successfully: 4 records"
    assert face.ingest(30).body == b"Stream processed successfully: 0 records"
    assert face.ingest(30, '\r\n{"time":1,"step":2,"data":{"q":"NaN","i":7}}\r\n\n').status == 200
    good = {"time": 1, "step": 1, "data": {"loss": 1}}
    for bad in ({"time": 1, "step": 1, "data": {}}, {"time": 1, "step": 1, "data": {" ": 1}},
                {"time": 1, "step": -1, "data": {"a": 1}}, {"time": 1, "data": {"a": 1}},
                {"time": 1, "step": 1, "data": {"a": "x"}}, "[1]\n", "{\n",
                {"time": 1, "step": 1, "data": {"a": 1}, "more": 1}):
        answer = face.ingest(31, good, good, good, bad)
        assert answer.status == 422, bad
        error = answer.json()
        assert error["code"] == "PROCESSING_FAILED" and error["details"][0]["line"] == 4
    for headers in ({"X_Run_Id": "abc", "X_Project_Name": PROJECT}, {"X_Run_Id": "31"},
                    {"X_Project_Name": PROJECT}):
        answer = face.post("/ingest/metrics", json.dumps(good).encode(), **headers)
        assert answer.status == 400 and answer.json()["code"] == "INVALID_HEADER_FORMAT"


def check_ingest(face):
    names = face.get("metric-names", runIds="30")["metricNames"]
    assert names == ["acc", "grad", "i", "loss", "min", "q"]
    assert face.raw(31) == {"rows": [], "truncated": False}
    assert face.raw(0) == {"rows": [], "truncated": False}
    step = face.post("/step", b"", X_Run_Id="30", X_Project_Name=PROJECT)
    assert step.json() == {"step": 2}


def write_lineage(face):
    def create(**more):
        body = {"runName": "r", "projectName": "fork", **more}
        answer = face.post("/api/runs/create", json.dumps(body).encode())
        assert answer.status == 200, answer.body
        return answer.json()

    face.parent = create(config=json.dumps({"lr": 1, "depth": 2}), tags=["old"])["runId"]
    face.ingest(face.parent, *({"time": step, "step": step, "data": {"loss": step}}
                               for step in range(1, 11)), project="fork")
    face.child = create(forkRunId=face.parent, forkStep=5, config=json.dumps({"lr": 3}))["runId"]
    face.ingest(face.child, *({"time": step, "step": step, "data": {"loss": math.nan if step == 7 else 100}}
                              for step in range(6, 9)), project="fork")
    refused = {"runName": "r", "projectName": "fork", "forkRunId": face.parent, "forkStep": 11}
    answer = face.post("/api/runs/create", json.dumps(refused).encode())
    assert answer.status == 400 and "exceeds the parent run's max step (10)" in answer.json()["error"]


def check_lineage(face):
    series = face.daemon.rows("metrics", "series", "--run", face.child, "--name", "loss", "--lineage")
    assert [row["step"] for row in series] == list(range(1, 9))
    assert [row["value"] for row in series] == [1, 2, 3, 4, 5, 100, None, 100]
    buckets = face.daemon.rows("metrics", "series", "--run", face.child, "--name", "loss", "--lineage",
                               "--buckets", "2")
    assert [float(row["value"]) for row in buckets] == [2.5, pytest.approx((5 + 100 + 100) / 3)]
    assert [row["non_finite_flags"] for row in buckets] == [0, 1]
    details = face.get(f"details/{face.child}", projectName="fork")
    assert details["config"] == {"lr": 3, "depth": 2} and details["forkStep"] == 5


def write_lines(face):
    face.ingest(40, {"time": 1, "message": "second", "lineNumber": 2, "logType": "INFO"},
                {"time": 1, "message": "", "lineNumber": 1, "logType": "ERROR"}, kind="logs")
    again = {"time": 2, "message": "second", "lineNumber": 2, "logType": "INFO"}
    face.ingest(40, again, again, kind="logs")
    answer = face.ingest(40, {"time": 1, "message": "x", "lineNumber": 1, "logType": " "}, kind="logs")
    assert answer.status == 422
    line = {"time": 1, "data": "{\"a\":1}", "step": 3, "dataType": "HISTOGRAM", "logName": "h"}
    assert face.ingest(40, line, kind="data").status == 200
    assert face.ingest(40, {**line, "dataType": ""}, kind="data").status == 422


def check_lines(face):
    answer = face.get("logs", runId=40)
    assert answer["total"] == 4
    assert [line["message"] for line in answer["logs"]] == ["", "second", "second", "second"]
    assert face.get("logs", runId=40, logType="error", limit=1)["total"] == 1
    rows = face.daemon.rows(
        "sql", "SELECT body FROM entities_raw WHERE kind = 'run_data' AND name = '40'")
    assert [row["body"]["logName"] for row in rows] == ["h"]


def media(step, place, name, size=None, log="media/x"):
    data = f"{name} {step}".encode()
    return {"fileName": name, "fileSize": len(data) if size is None else size, "fileType": "png",
            "time": 1_234, "logName": log, "step": step, "sampleIndex": place}


def write_files(face):
    urls = {}
    for step, names in ((1, ["zeta"]), (0, ["delta", "alpha", "foxtrot"])):
        files = [media(step, place, name) for place, name in enumerate(names)]
        for name, url in face.announce(60, *files).items():
            assert face.put(url, f"{name} {step}".encode()).status == 200
            urls[name] = url
    # A client that tries again is given the same address, and the file is not there twice.
    again = {**media(1, 0, "zeta"), "caption": "a caption"}
    assert face.announce(60, again) == {"zeta": urls["zeta"]}
    face.announce(60, media(7, 0, "never put", log="media/y"))


def check_files(face):
    files = face.get("files", runId=60, logName="media/x")["files"]
    assert [(file["step"], file["sampleIndex"], file["fileName"]) for file in files] == \
        [(0, 0, "delta"), (0, 1, "alpha"), (0, 2, "foxtrot"), (1, 0, "zeta")]
    assert [face.fetch(file["downloadUrl"]).body for file in files] == \
        [b"delta 0", b"alpha 0", b"foxtrot 0", b"zeta 1"]
    assert {(file["logGroup"], file["fileType"], file["time"]) for file in files} == \
        {("media", "png", "1970-01-01 00:00:01.234")}
    assert [file["caption"] for file in files] == [None, None, None, "a caption"]
    assert face.get("files", runId=60, limit=2)["total"] == 5
    (missing,) = face.get("files", runId=60, logName="media/y")["files"]
    assert face.fetch(missing["url"]).status == 404
    assert face.get("files", runId=61)["files"] == []
    assert face.fetch(missing["url"].replace("/60/", "/61/")).status == 404


WRITES = [value for name, value in list(globals().items()) if name.startswith("write_")]
CHECKS = {name.removeprefix("check_"): value for name, value in list(globals().items())
          if name.startswith("check_")}


def restart(daemon):
    daemon.kill()
    daemon.start()


# What happens to a store behind the writes, and behind the late ones.
MOMENTS = {
    "fresh": (lambda daemon: None, lambda daemon: None),
    "sealed": (lambda daemon: daemon.spanq("compact"), lambda daemon: None),
    "compacted": (lambda daemon: daemon.spanq("compact"), lambda daemon: daemon.spanq("compact")),
    "restarted": (restart, restart),
}


@pytest.fixture(scope="module", params=MOMENTS)
def face(request):
    """All rows' writes, at a moment of the store's life."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="spand-"))
    daemon = Daemon(home).start()
    try:
        face = Face(daemon)
        for write in WRITES:
            write(face)
        between, behind = MOMENTS[request.param]
        between(daemon)
        # Late writes lose to what is there already.
        face.log(7, [(3, 0, 77), (5, 3, 77)])
        behind(daemon)
        yield face
        assert daemon.stop() == 0
    finally:
        daemon.kill()
        shutil.rmtree(home)


@pytest.mark.parametrize("row", CHECKS)
def test_checklist(face, row):
    CHECKS[row](face)


def test_names_statistics_and_points_are_there_at_once(daemon):
    face = Face(daemon)
    for run in range(20):
        face.log(run, steps([1, 2, 4]))
        assert face.get("metric-names", runIds=run)["metricNames"] == ["loss"]
        assert face.statistics(run)[0]["count"] == len(face.points(run)) == 3
        assert face.get("leaderboard", logName="loss")["total"] == run + 1


def test_usage_of_each_tenant_is_what_its_files_take(daemon):
    lines = b"".join(b'{"time":%d,"step":%d,"data":{"loss":%d}}\n' % (step, step, step * 7 % 97)
                     for step in range(5_000))
    for tenant, runs in (("one", 1), ("two", 3)):
        for run in range(runs):
            answer = daemon.connect().post("/ingest/metrics", lines, X_Run_Id=str(run),
                                           X_Project_Name=PROJECT, X_Workspace=tenant)
            assert answer.status == 200
    daemon.spanq("compact")
    values = {(row["item"], row["workspace"]): int(row["value"]) for row in daemon.rows("status")
              if row.get("table") == "metrics"}
    assert [values["live_rows", tenant] for tenant in ("one", "two")] == [5_000, 15_000]
    files = sorted(sum(file.stat().st_size for file in directory.glob("*.seg"))
                   for directory in daemon.store.glob("workspace-*"))
    assert files == sorted(values["segment_bytes", tenant] for tenant in ("one", "two"))


def test_a_write_is_durable_when_it_is_acknowledged(daemon):
    face = Face(daemon)
    for number in range(5):
        face.log(1, [(number, number, number)])
        daemon.kill()
        daemon.start()
        assert face.points(1) == [(step, step) for step in range(number + 1)]


@pytest.fixture
def sweep(daemon):
    """Six runs of a project with losses 5, 4, … 0, the last of which is logged last; run 6 has none."""
    face = Face(daemon)
    for number in range(6):
        body = {"runName": f"sweep-{number}", "projectName": PROJECT, "tags": ["all", f"t{number % 2}"],
                "config": json.dumps({"lr": 10.0 ** -number, "opt": "adam" if number < 3 else "sgd"}),
                "createdAt": 1_700_000_000_000 + number * 1_000}
        run = face.post("/api/runs/create", json.dumps(body).encode()).json()["runId"]
        assert run == number + 1
        if number < 5:
            face.log(run, [(step, 1_700_000_100_000 + number * 60_000 + step, 5 - number + 1 / (1 + step))
                           for step in range(3)])
        if number % 2:
            face.post("/api/runs/status/update",
                      json.dumps({"runId": run, "status": "COMPLETED"}).encode())
    # Another project's runs are not listed, whatever they are called.
    face.log(77, [(1, 1, -1)], name="loss")
    return face


@pytest.mark.parametrize("query, wanted", [
    ({"name": "sweep-3"}, [4]),
    ({"state": "running"}, [1, 3, 5]),
    ({"status": {"$ne": "COMPLETED"}, "tags": "t0"}, [1, 3, 5]),
    ({"tags": {"$nin": ["t0"]}}, [2, 4, 6]),
    ({"config.opt": "sgd"}, [4, 5, 6]),
    ({"config.lr": {"$gt": 0.001, "$lte": 0.1}}, [2, 3]),
    ({"config.lr.value": {"$in": [1, 0.1, "x"]}}, [1, 2]),
    ({"config.none": None}, [1, 2, 3, 4, 5, 6]),
    ({"summaryMetrics.loss": {"$lt": 3}}, [4, 5]),
    ({"$not": {"summaryMetrics.loss": {"$lt": 3}}}, [1, 2, 3, 6]),
    ({"summaryMetrics.loss": {"$ne": 12}}, [1, 2, 3, 4, 5, 6]),
    ({"heartbeat_at": {"$gte": "2023-11-14T22:18:00"}}, [4, 5]),
    ({"heartbeat_at": None}, [6]),
    ({"created_at": {"$lt": "2023-11-14T22:13:22+00:00"}}, [1, 2]),
    ({"name": {"$regex": "^sweep-.$"}}, [1, 2, 3, 4, 5, 6]),
    ({"name": {"$regex": "p-[24]"}}, "$regex"),
    ({"name": {"$regex": "e.*-5$"}}, [6]),
    ({"$or": [{"name": "sweep-0"}, {"$and": [{"tags": "t1"}, {"config.opt": "sgd"}]}]}, [1, 4, 6]),
    ({"$or": []}, []),
    ({"nothing": 1}, "nothing"), ({"name": {"$like": "x"}}, "$like"), ({"$nor": []}, "$nor"),
    ({"heartbeat_at": {"$lt": "yesterday"}}, "RFC 3339"), ({"tags": {"$in": "x"}}, "$in"),
    ({"$or": {"name": "x"}}, "$or"), ([], "filter"),
])
def test_runs_are_filtered(sweep, query, wanted):
    answer = sweep.answer("list", sort="+createdAt", filter=json.dumps(query))
    if isinstance(wanted, str):
        assert answer.status == 400 and wanted in answer.json()["error"]
    else:
        assert [run["id"] for run in answer.json()["runs"]] == wanted
        assert answer.json()["total"] == len(wanted)


@pytest.mark.parametrize("sort, wanted", [
    ("-createdAt", [6, 5, 4, 3, 2, 1]), ("name", [1, 2, 3, 4, 5, 6]),
    ("-heartbeat_at", [5, 4, 3, 2, 1]), ("summary_metrics.loss", [5, 4, 3, 2, 1]),
    ("-summary_metrics.loss", [1, 2, 3, 4, 5]), ("summary_metrics.none", []),
    ("-config.lr.value", [1, 2, 3, 4, 5, 6]), ("+config.opt", [1, 2, 3, 4, 5, 6]),
    ("config.none", [1, 2, 3, 4, 5, 6]),
])
def test_runs_are_ordered(sweep, sort, wanted):
    answer = sweep.get("list", sort=sort)
    assert [run["id"] for run in answer["runs"]] == wanted and answer["total"] == len(wanted)
    page = sweep.get("list", sort=sort, limit=2, offset=1)["runs"]
    assert [run["id"] for run in page] == wanted[1:3]


def test_what_lists_cannot_be_ordered_by(sweep):
    for sort in ("tags", "color", "config."):
        answer = sweep.answer("list", sort=sort)
        assert answer.status == 400 and sort in answer.json()["error"]


def test_a_file_is_what_was_put_last(daemon):
    face = Face(daemon)
    data = bytes(index * index % 251 for index in range(1_300_000))
    (url,) = face.announce(3, media(None, 0, "weights.bin", len(data))).values()
    assert face.put(url, data).status == 200
    assert face.fetch(url).body == data
    daemon.spanq("compact")
    daemon.kill()
    daemon.start()
    assert face.fetch(url).body == data
    assert face.put(url, b"").status == 200
    assert face.fetch(url).body == b""
    assert face.put(url, data[:700_000]).status == 200
    assert face.fetch(url).body == data[:700_000]


def test_files_are_erased_with_their_run(daemon):
    face = Face(daemon)
    urls = {}
    for run in (1, 11):
        (urls[run],) = face.announce(run, media(0, 0, f"of {run}")).values()
        assert face.put(urls[run], b"secret of %d" % run * 40).status == 200
    daemon.spanq("compact")
    daemon.spanq("erase", "--run", "1")
    assert face.get("files", runId=1)["files"] == [] and face.fetch(urls[1]).status == 404
    assert face.fetch(urls[11]).body == b"secret of 11" * 40
    kinds = "SELECT kind, count(*) AS n FROM entities_raw GROUP BY kind ORDER BY kind"
    assert daemon.rows("sql", kinds) == [{"kind": "run_file", "n": 1}, {"kind": "run_file_part", "n": 1}]


def test_files_that_cannot_be_taken_are_refused_by_name(daemon):
    face = Face(daemon)

    def refusal(*files, **headers):
        headers = {"X_Run_Id": "1", "X_Project_Name": PROJECT, **headers}
        answer = face.post("/files", json.dumps({"files": files}).encode(), **headers)
        return answer.status, answer.json()["message"]

    status, message = refusal(media(0, 0, "small"), media(0, 1, "huge.ckpt", size=33 << 20))
    assert status == 413 and "huge.ckpt" in message and str(32 << 20) in message
    for bad, field in (({**media(0, 0, "x"), "fileName": ""}, "fileName"),
                       ({**media(0, 0, "x"), "logName": None}, "logName"),
                       ({**media(0, 0, "x"), "step": -1}, "step"),
                       ({**media(0, 0, "x"), "fileSize": "big"}, "fileSize"),
                       ("no object", "files")):
        status, message = refusal(bad)
        assert status == 400 and field in message, (bad, message)
    assert refusal(media(0, 0, "x"), X_Run_Id="x")[0] == 400
    assert face.get("files", runId=1)["files"] == []
    assert face.put("http://localhost/files/default/1/" + "0" * 32, b"x").status == 404
    (url,) = face.announce(1, media(0, 0, "small")).values()
    assert face.put(url, bytes((32 << 20) + 1)).status == 413
    assert face.fetch(url).status == 404


def test_ranks_that_start_together_share_a_run(daemon):
    import concurrent.futures

    face = Face(daemon)
    body = json.dumps({"runName": "ddp", "projectName": "p", "externalId": "job-1"}).encode()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: face.post("/api/runs/create", body).json(), range(8)))
    assert len({answer["runId"] for answer in answers}) == 1
    assert sorted(answer["resumed"] for answer in answers) == [False] + [True] * 7


def test_a_retry_with_a_key_is_stored_once_for_its_run(daemon):
    face = Face(daemon)
    body = b'{"time":1,"step":1,"data":{"loss":1}}\n'
    for run in (1, 1, 2):
        answer = face.post("/ingest/metrics", body, X_Run_Id=str(run), X_Project_Name=PROJECT,
                           Idempotency_Key=f"batch-of-{run}")
        assert answer.status == 200
    assert [len(face.raw(run)["rows"]) for run in (1, 2)] == [1, 1]
    answer = face.post("/ingest/metrics", body, X_Run_Id="2", X_Project_Name=PROJECT,
                       Idempotency_Key="batch-of-1")
    assert answer.status == 409
