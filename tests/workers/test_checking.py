"""Whoever checks a package waits for its bytes, not for an archive to be loaded that takes no part."""

import subprocess
import sys

_PROGRAM = """
import sys
import workers.cli, workers.commands.checking
print(*sorted({"sqlalchemy", "pydantic", "celery", "rfc3161_client"} & set(sys.modules)))
"""


def test_to_check_a_package_loads_no_database_settings_or_time_stamps() -> None:
    told = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
