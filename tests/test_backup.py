"""Backups: the graph as it was at one instant, whoever writes; put in place whole, sound, and where asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg.backup import MANIFEST, back_up, restore
from kg.cli import app
from kg.errors import BackupError
from kg.files import replacing
from kg.ledger import LEDGER_FILE
from kg.records import JSON
from kg.tokens import TOKENS_FILE, Tokens
from kg.workspace import Workspace
from tests.toy import paper, workspace

QUESTION = "methods that use Beta"
TEXT = "PAPER proposes Method:Alpha {0}. Method:Alpha {0} uses Method:Beta."


def lines(graph: Workspace) -> bytes:
    assert graph.check() == []
    return graph.store.dump_sorted_nquads()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a graph with papers, a decision, a standing question and a token."""
    folder = tmp_path_factory.mktemp("made") / "kg"
    with workspace(folder) as graph:
        graph.ingest(paper(n, TEXT.format(n)) for n in range(5))
        graph.merge("method/alpha-0", "method/alpha-1", reason="one")
        graph.standing.add(QUESTION)
    Tokens(folder).add("ada", ["curate"])
    return folder


@pytest.fixture(scope="module")
def archive(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it, with the tokens."""
    file = tmp_path_factory.mktemp("archive") / "graph.zip"
    back_up(made, file, (LEDGER_FILE, TOKENS_FILE))
    return file


def kg(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_what_is_restored_is_the_graph_as_it_was(made: Path, archive: Path, tmp_path: Path) -> None:
    manifest = restore(archive, tmp_path / "kg")
    with workspace(made) as before, workspace(tmp_path / "kg") as after:
        assert lines(after) == lines(before)
        assert after.history() == before.history()
        assert [watch.question for watch in after.standing.book.watches()] == [QUESTION]
        assert manifest.graph == before.ledger.counts()
        assert manifest.position == before.ledger.position() == after.ledger.position()
        assert after.ledger.identity() != before.ledger.identity(), "they go different ways from now on"
    assert [holder.name for holder in Tokens(tmp_path / "kg").holders()] == ["ada"]
    assert (tmp_path / "kg" / TOKENS_FILE).stat().st_mode & 0o777 == 0o600


def test_a_backup_has_no_tokens_unless_they_are_asked_for(made: Path, tmp_path: Path) -> None:
    back_up(made, tmp_path / "graph.zip", (LEDGER_FILE,))
    assert sorted(zipfile.ZipFile(tmp_path / "graph.zip").namelist()) == [LEDGER_FILE, MANIFEST]
    (tmp_path / "kg").mkdir()
    shutil.copy(made / TOKENS_FILE, tmp_path / "kg")
    restore(tmp_path / "graph.zip", tmp_path / "kg")
    assert [holder.name for holder in Tokens(tmp_path / "kg").holders()] == ["ada"], "they stay as they are"


def test_a_backup_leaves_nothing_beside_it(made: Path, tmp_path: Path) -> None:
    back_up(made, tmp_path / "graph.zip", (LEDGER_FILE,))
    assert [file.name for file in tmp_path.iterdir()] == ["graph.zip"]


_INGEST = """
import sys
from pathlib import Path
from tests.toy import paper, workspace
from tests.test_backup import TEXT
with workspace(Path(sys.argv[1]), batch=2) as graph:
    print("open", flush=True)
    graph.ingest(paper(n, TEXT.format(n)) for n in range(40))
"""


def test_a_backup_that_is_made_during_an_ingest_is_one_of_its_changes(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    other = subprocess.Popen([sys.executable, "-c", _INGEST, str(folder)], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    other.stdout.readline()
    made = [back_up(folder, tmp_path / f"{n}.zip", (LEDGER_FILE,)) for n in range(3)]
    assert other.wait() == 0
    other.stdout.close()
    first = made[0].position
    assert first <= made[-1].position
    for number, manifest in enumerate(made):
        restore(tmp_path / f"{number}.zip", tmp_path / str(number))
        papers = 2 * (manifest.position - 1)  # the first change notes the rules of assembly
        with workspace(tmp_path / str(number)) as graph, workspace(tmp_path / f"twin-{number}") as twin:
            twin.ingest(paper(n, TEXT.format(n)) for n in range(papers))
            assert (manifest.graph.get("paper", 0), lines(graph)) == (papers, lines(twin))


def test_a_graph_that_is_there_is_replaced_only_when_told_and_then_kept(
    made: Path, archive: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kg"
    with workspace(folder) as graph:
        graph.ingest([paper(77, TEXT.format(77))])
        before = lines(graph)
    with pytest.raises(BackupError, match="holds a graph already; --force"):
        restore(archive, folder)
    with workspace(folder) as graph:
        assert lines(graph) == before
    restore(archive, folder, force=True)
    with workspace(folder) as graph, workspace(made) as wanted:
        assert lines(graph) == lines(wanted)
    (folder / f"{LEDGER_FILE}.replaced").rename(tmp_path / LEDGER_FILE)
    with workspace(tmp_path) as graph:
        assert lines(graph) == before


def test_a_graph_that_somebody_has_open_is_not_replaced(archive: Path, tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        graph.ingest([paper(77, TEXT.format(77))])
        with pytest.raises(BackupError, match="somebody has this graph open; stop kg serve"):
            restore(archive, tmp_path, force=True)
        assert list(graph.graph().papers) == ["paper/arXiv:2401.00077"]


def test_a_damaged_ledger_is_replaced_and_kept_as_it_is(made: Path, archive: Path, tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).write_bytes(b"no ledger any more" * 1000)
    restore(archive, tmp_path, force=True)
    with workspace(tmp_path) as graph, workspace(made) as wanted:
        assert lines(graph) == lines(wanted)
    assert (tmp_path / f"{LEDGER_FILE}.replaced").read_bytes().startswith(b"no ledger any more")


def rewritten(archive: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Copy a backup with other files in it."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return target


def _says(files: dict[str, bytes], /, **facts: JSON) -> None:
    files[MANIFEST] = json.dumps(json.loads(files[MANIFEST]) | facts).encode()


def _spoil_ledger(files: dict[str, bytes]) -> None:
    files[LEDGER_FILE] = files[LEDGER_FILE][:-4096] + bytes(4096)


def _leave(files: dict[str, bytes]) -> None:
    files["../../left.txt"] = b"outside"


def _bomb(files: dict[str, bytes]) -> None:
    files[LEDGER_FILE] = bytes(50_000_000)
    part = {"name": LEDGER_FILE, "bytes": 50_000_000, "sha256": ""}
    _says(files, files=[part, json.loads(files[MANIFEST])["files"][1]])


def _grow(files: dict[str, bytes]) -> None:
    files[LEDGER_FILE] += b"more"


WRONG: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "another ledger": (_spoil_ledger, "ledger.sqlite is not what its manifest says"),
    "longer than said": (_grow, "ledger.sqlite is not what its manifest says"),
    "a way out": (_leave, "is no backup: it has .*left.txt"),
    "a bomb": (_bomb, "would grow from so little to so much"),
    "another position": (lambda files: _says(files, position=1), "the ledger in the backup is damaged"),
    "a newer format": (lambda files: _says(files, backup=2, software="AlignKG 9"), "use AlignKG 9"),
    "no manifest": (lambda files: files.update({MANIFEST: b"{"}), "its manifest cannot be read"),
    "wrong types": (lambda files: _says(files, files=[{"name": 1}]), "its manifest cannot be read"),
    "a file less": (lambda files: _says(files, files=[]), "has other files than its manifest says"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_sound_backup_changes_nothing(what: str, archive: Path, tmp_path: Path) -> None:
    change, said = WRONG[what]
    wrong = rewritten(archive, tmp_path / "wrong.zip", change)
    folder = tmp_path / "a" / "b" / "kg"
    folder.mkdir(parents=True)
    (folder / LEDGER_FILE).write_bytes(b"what was there")
    with pytest.raises(BackupError, match=said):
        restore(wrong, folder, force=True)
    assert [str(file.relative_to(tmp_path)) for file in sorted(tmp_path.rglob("*")) if file.is_file()] == [
        f"a/b/kg/{LEDGER_FILE}",
        "wrong.zip",
    ]
    assert (folder / LEDGER_FILE).read_bytes() == b"what was there"


@pytest.mark.parametrize("kept", [0, 10, 0.3, 0.9])
def test_a_backup_that_was_cut_off_is_refused(kept: float, archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    with pytest.raises(BackupError, match="is no backup, or a damaged one"):
        restore(tmp_path / "cut.zip", tmp_path / "kg")


def test_commands_say_what_a_backup_holds(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "graph.zip"
    assert re.search(
        r"graph\.zip: [\d,]+ bytes: change 3, .*5 papers.*, 1 decision$",
        kg("backup", file, "--db", made).strip(),
    )
    with pytest.raises(BackupError, match="is there already"):
        kg("backup", file, "--db", made)
    said = json.loads(kg("backup", file, "--db", made, "--force", "--json"))
    assert (said["appended"]["records"], said["appended"]["watches"]) == (5, 1)
    assert json.loads(kg("restore", file, "--db", tmp_path / "kg", "--json")) == said
    assert json.loads(kg("check", "--db", tmp_path / "kg", "--json"))["faults"] == []


# --- files that are there whole or not at all ------------------------------------------------------------


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    target.chmod(0o640)

    def half() -> Iterator[bytes]:
        yield b"ne"
        raise KeyError

    with pytest.raises(KeyError), replacing(target) as stream:
        stream.writelines(half())
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"old", [target])
    with replacing(target) as stream:
        stream.write(b"new")
        assert target.read_bytes() == b"old"
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)


def test_a_link_stays_one_and_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with replacing(tmp_path / "link") as stream:
        stream.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"
    with replacing(Path("/dev/null")) as stream:
        stream.write(b"gone")
    assert not Path("/dev/null").is_file()
