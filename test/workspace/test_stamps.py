"""Stamps: what makes a step done, and what undoes it."""

from vital_ros.cli.bootstrap.stamps import Stamps, digest


def test_digest_follows_facts_contents_and_names(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("numpy")
    before = digest(["3.11"], [file])
    assert digest(["3.11"], [file]) == before
    assert digest(["3.12"], [file]) != before
    file.write_text("numpy\nscipy")
    assert digest(["3.11"], [file]) != before
    renamed = file.rename(tmp_path / "other.txt")
    renamed.write_text("numpy")
    assert digest(["3.11"], [renamed]) != before


def test_facts_do_not_run_together():
    assert digest(["ab", "c"]) != digest(["a", "bc"])


def test_a_stamp_holds_for_its_digest_until_cleared(tmp_path):
    stamps = Stamps(tmp_path / "stamps")
    assert not stamps.done("venv", "1")
    stamps.write("venv", "1")
    assert stamps.done("venv", "1")
    assert not stamps.done("venv", "2")
    stamps.clear("venv")
    assert not stamps.done("venv", "1")
    assert list((tmp_path / "stamps").iterdir()) == []
