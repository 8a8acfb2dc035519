#!/bin/sh
# Prints the first Python that is new enough and can make environments, or says what to install.
for python in python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$python"
            exit 0
        fi
        lame="$python"
    fi
done
if [ -n "${lame:-}" ]; then
    echo "$lame cannot make environments; on Debian and Ubuntu: apt install $lame-venv" >&2
else
    found=$(python3 --version 2>&1 || true)
    echo "Svidok needs Python 3.11 or newer; found: ${found:-none}" >&2
fi
exit 1
