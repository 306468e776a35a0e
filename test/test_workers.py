"""Processes that share a job: set up once each, ended with their parent's trouble."""

import os
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from vital_ros.workers import Workers


def test_every_process_is_set_up_before_its_first_job(tmp_path):
    with Workers(1, os.chdir, tmp_path) as workers:
        places = [workers.submit(os.getcwd).result(timeout=60) for _ in range(2)]
        process = workers.submit(os.getpid).result(timeout=60)
    assert places == [str(tmp_path)] * 2 and os.getcwd() != str(tmp_path)
    assert process != os.getpid()


def test_a_process_that_cannot_be_set_up_shows_in_its_jobs(tmp_path):
    with Workers(1, os.chdir, tmp_path / "nowhere") as workers, pytest.raises(BrokenProcessPool):
        workers.submit(os.getcwd).result(timeout=60)


def test_left_by_an_exception_it_ends_what_is_running(tmp_path):
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Workers(1, os.chdir, tmp_path) as workers:
        workers.submit(os.getcwd).result(timeout=60)
        workers.submit(time.sleep, 100)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 60
