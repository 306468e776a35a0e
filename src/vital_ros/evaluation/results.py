"""The results table: policies under conditions, task by task, each cell from one report of `./vital eval`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vital_ros.config import ConfigError
from vital_ros.evaluation.breakdown import wilson
from vital_ros.evaluation.paper import Count, paper_count
from vital_ros.policy import Success

OWN = "own"
"""Every policy as it is executed unless something else is asked for."""
CONDITIONS = ("in_domain", "spatial", "scene", "combined")


@dataclass(frozen=True)
class Entry:
    """What one report says."""

    task: str
    policy: str
    condition: str
    execution: str
    seed: int
    count: Count
    contact_mm: tuple[float, float] | None
    """Median and 90th percentile of the sideways error at first contact; None if nothing ever arrived."""
    weights_sha256: str = ""
    """Of the policy that was judged."""
    own: bool = False
    """It was executed as this policy is unless something else is asked for."""

    @property
    def paper(self) -> Count | None:
        return paper_count(self.policy, self.condition, self.task)

    @property
    def success(self) -> Success:
        """As it stands in the policy's card."""
        names = ("contact_median_mm", "contact_p90_mm")
        details = dict(zip(names, np.round(self.contact_mm, 2).tolist(), strict=True)) if self.contact_mm else {}
        return Success(
            condition=self.condition, execution=self.execution, where="in-process", episodes=self.count.trials,
            successes=self.count.successes, first_seed=self.seed, details=details,
        )  # fmt: skip


def read_cells(folder: Path) -> list[Entry]:
    """Every report of the folder, by name."""
    return [read_cell(path) for path in sorted(folder.glob("*.json"))]


def read_cell(path: Path) -> Entry:
    """A report of `./vital eval`; raise ConfigError when it is none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        settings = report["settings"]
        errors = [1e3 * e["contact_error"] for e in report["episodes"] if e["contact_error"] is not None]
        spread = (float(np.median(errors)), float(np.percentile(errors, 90))) if errors else None
        return Entry(
            settings["task"], Path(settings["policy"]).name, settings["condition"], settings["execution"],
            settings["seed"], Count(report["successes"], report["count"]), spread, settings.get("weights_sha256", ""),
            settings.get("own_execution", False),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not a report of ./vital eval ({error})") from None


def find(cells: Sequence[Entry], task: str, policy: str, condition: str, execution: str) -> Entry | None:
    """The cell of a table; `execution` may be "own"."""
    for cell in cells:
        same = (cell.task, cell.policy, cell.condition) == (task, policy, condition)
        if same and (cell.own if execution == OWN else cell.execution == execution):
            return cell
    return None


def success_table(cells: Sequence[Entry], tasks: Sequence[str], execution: str) -> str:
    """Markdown: a row per policy and condition, ours with the paper's count in brackets, and the mean rate."""
    lines = [f"| policy | condition | {' | '.join(tasks)} | mean |", "|---" * (len(tasks) + 3) + "|"]
    for policy in dict.fromkeys(cell.policy for cell in cells):
        for condition in CONDITIONS:
            found = [find(cells, task, policy, condition, execution) for task in tasks]
            if any(found):
                rates = [cell.count.successes / cell.count.trials for cell in found if cell]
                mean = f"{100 * float(np.mean(rates)):.0f} %" if len(rates) == len(tasks) else ""
                lines.append(f"| {policy} | {condition} | {' | '.join(map(_entry, found))} | {mean} |")
    return "\n".join(lines)


def _entry(cell: Entry | None) -> str:
    if cell is None:
        return ""
    return f"**{cell.count}** ({cell.paper})" if cell.paper else f"**{cell.count}**"


def contact_table(cells: Sequence[Entry]) -> str:
    """Markdown: success and sideways error at first contact, in domain, by how chunks become actions."""
    lines = [
        "| task | policy | execution | success | 95 % interval | error at first contact, median | p90 |",
        "|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        if cell.condition == "in_domain":
            low, high = wilson(*cell.count)
            error = [f"{value:.2f} mm" for value in cell.contact_mm] if cell.contact_mm else ["never arrived", ""]
            row = (cell.task, cell.policy, cell.execution, str(cell.count), f"{100 * low:.0f}-{100 * high:.0f} %")
            lines.append(f"| {' | '.join((*row, *error))} |")
    return "\n".join(lines)
