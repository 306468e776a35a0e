"""The arm_gate whose servo loop raises once, at the first command that is to leave."""

import sys

from vital_ros.nodes import arm_gate
from vital_ros.nodes.lifecycle import run


class FailingGate(arm_gate.ArmGate):
    failures = 1

    def _send(self, output):
        if output.pose is not None and self.failures:
            self.failures -= 1
            raise ArithmeticError("a defect")
        super()._send(output)


if __name__ == "__main__":
    sys.exit(run(FailingGate))
