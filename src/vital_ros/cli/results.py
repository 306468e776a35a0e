"""`./vital results`: policies under the paper's conditions, each cell by `./vital eval`; it writes docs/results.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

EXECUTIONS = ("own", "newest", "ensemble")
PREFACE = """# Results

**All of ours are from the simulated cell, in-process; nothing here has been on a real arm.** In brackets, and as
diamonds in the figure: what the authors report from their robot (paper, Tables 1 to 3). Their objects and trials are
not ours; the two stand side by side for the pattern, not for the digits. Seeds and scenes are for evaluation only.
Execution `newest` takes the first action of the newest chunk, `ensemble` is the paper's temporal ensemble. A policy's
own is what its card says: the ensemble for `vital`, which is `vital_bc` with its residual, and for `vital_bc` what did
better on development seeds, the ensemble for pick_block and `newest` for the others. This page is written by
`./vital results --page docs/results`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tasks", nargs="+", metavar="TASK", help="default: all, in the paper's order")
    parser.add_argument(
        "--policies", nargs="+", default=["vital_bc", "vital"], metavar="POLICY", help="default: %(default)s"
    )
    parser.add_argument(
        "--models",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="folders with <task>/<policy>.safetensors (default: models)",
    )
    parser.add_argument("--conditions", nargs="+", metavar="CONDITION", help="default: the paper's Tables 1 to 3")
    parser.add_argument(
        "--executions", nargs="+", choices=EXECUTIONS, default=["own"],
        help="how chunks become actions; own: as each policy's card says (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--episodes", type=int, default=30, help="trials a cell (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/results"),
        help="folder of one report a cell; those of the same weights are not played again (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--cards", action="store_true", help="also write each count into the policy's card")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write tables (FILE.md) and figure (FILE.png)")
    parser.add_argument("--processes", type=int, help="trials side by side (default: the number of cores)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0; 2 with one line when something is unusable, 3 when a trial broke."""
    from vital_ros.config import ConfigError
    from vital_ros.policy import PolicyError

    try:
        return _run(args)
    except (ConfigError, PolicyError) as error:
        print(f"vital results: {error}", file=sys.stderr)
        return 2


def _run(args: argparse.Namespace) -> int:
    """Raise ConfigError for a report that is none, PolicyError for unusable weights."""
    from vital_ros.config import share_directory
    from vital_ros.evaluation.paper import TASKS
    from vital_ros.evaluation.results import CONDITIONS, OWN, read_cell
    from vital_ros.policy import Card, load_any_card, own_execution, record_success

    tasks, folders = args.tasks or TASKS, args.models or [share_directory("models")]
    missing = []
    for task in tasks:
        for policy in args.policies:
            weights = next((f / task / policy for f in folders if (f / task / f"{policy}.json").is_file()), None)
            if weights is None:
                missing.append(f"{task}/{policy}")
                continue
            card = load_any_card(weights)
            own = own_execution(card)
            wanted = args.executions if isinstance(card, Card) else [own]
            for execution in dict.fromkeys(own if execution == OWN else execution for execution in wanted):
                for condition in args.conditions or CONDITIONS:
                    report = args.out / f"{task}_{policy}_{condition}_{execution}.json"
                    if not _played(report, weights, args.episodes):
                        print(f"{task} {policy} {condition} {execution}: ", end="", flush=True)
                        if code := _play(args, task, weights, condition, execution, report):
                            return code
                    if args.cards:
                        record_success(weights, read_cell(report).success)
    if missing:
        print(f"vital results: no weights of {', '.join(missing)} in {', '.join(map(str, folders))}", file=sys.stderr)
    _write(args, tasks, folders)
    return 2 if missing else 0


def _played(report: Path, weights: Path, episodes: int) -> bool:
    """Whether this report is of these very weights and as many episodes."""
    from vital_ros.policy import load_any_card

    if not report.is_file():
        return False
    try:
        settings = json.loads(report.read_text(encoding="utf-8"))["settings"]
        said = settings["weights_sha256"], settings["episodes"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(said == (load_any_card(weights).weights_sha256, episodes))


def _play(args: argparse.Namespace, task: str, weights: Path, condition: str, execution: str, report: Path) -> int:
    """The exit code of ./vital eval."""
    from vital_ros.cli.main import run_tool

    words = ["--task", task, "--policy", str(weights), "--condition", condition, "--execution", execution,
             "--episodes", str(args.episodes), "--report", str(report)]  # fmt: skip
    return run_tool("eval", words + (["--processes", str(args.processes)] if args.processes else []))


def _write(args: argparse.Namespace, tasks: list[str] | tuple[str, ...], folders: list[Path]) -> None:
    """Print the tables of all reports about weights that are in the folders, and write them where asked."""
    from vital_ros.evaluation.results import OWN, contact_table, read_cells, success_table
    from vital_ros.evaluation.results_figure import results_figure
    from vital_ros.policy import load_any_card

    current = {load_any_card(file).weights_sha256 for folder in folders for file in folder.glob("*/*.safetensors")}
    cells = []
    for cell in read_cells(args.out):
        if cell.weights_sha256 in current:
            cells.append(cell)
        else:
            print(f"left out, of other weights: {cell.task} {cell.policy} {cell.condition} {cell.execution}")
    parts = []
    for execution in args.executions:
        title = "### Success" if execution == OWN else f"### Success, execution `{execution}`"
        parts += [title, success_table(cells, tasks, execution)]
    parts += ["### In domain: error at first contact", contact_table(cells)]
    text = "\n\n".join(parts) + "\n"
    print(text)
    if args.page:
        args.page.parent.mkdir(parents=True, exist_ok=True)
        page = f"{PREFACE}\n\n![Success by condition]({args.page.stem}.png)\n\n{text}"
        args.page.with_suffix(".md").write_text(page, encoding="utf-8")
        results_figure(args.page.with_suffix(".png"), cells, tasks, args.executions[0])
