"""How many inputs the fuzzers make: some for every run of the suite, more on demand.

VITAL_FUZZ=50000 ./vital test -- test/tactile/test_fuzz.py
"""

import os

from hypothesis import HealthCheck, settings

ON_DEMAND = os.environ.get("VITAL_FUZZ")
TIMEOUT = 0 if ON_DEMAND else 300
"""s for pytest.mark.timeout; 0: none."""


def fuzzed(examples):
    """Settings for hypothesis."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=int(ON_DEMAND or examples), deadline=None, suppress_health_check=checks)
