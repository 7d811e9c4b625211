"""Fixtures of the Python tests: `daemon`, running on an empty store, and `new_daemon` for more."""

import os
import shutil
import tempfile

import pytest

from harness import Daemon, program


def pytest_sessionstart(session):
    for name in ("spand", "spanq"):
        if not os.access(program(name), os.X_OK):
            pytest.exit(f"{program(name)} is not built: run scripts/test", returncode=3)


@pytest.fixture
def home():
    """A directory with a short path: a socket's path has at most 107 bytes."""
    directory = tempfile.mkdtemp(prefix="spand-")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def new_daemon(home):
    """Makes daemons on directories below `home`; whatever still runs is killed at the end."""
    daemons = []

    def make(*arguments, name="a"):
        directory = os.path.join(home, name)
        os.makedirs(directory, exist_ok=True)
        daemons.append(Daemon(directory, *arguments))
        return daemons[-1]

    yield make
    for daemon in daemons:
        daemon.kill()


@pytest.fixture
def daemon(new_daemon):
    return new_daemon().start()
