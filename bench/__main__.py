"""All benchmarks, one after the other: `python -m bench [name [count] ...]`.

Each module of this folder with a `main()` is one; names pick some of them. A number
after a name goes to its `main`.
"""

import importlib
import os
import pkgutil
import sys
from itertools import pairwise
from pathlib import Path

# CPU time of all threads is compared: a library's threads that wait would count as work
os.environ.setdefault("OMP_NUM_THREADS", "1")


def main(names):
    """Run the named benchmarks, or all."""
    found = sorted(
        module.name
        for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if not module.name.startswith("_")
    )
    counts = {a: int(b) for a, b in pairwise(names) if b.isdigit()}
    names = [name for name in names if not name.isdigit()]
    unknown = sorted(set(names) - set(found))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(found)}")
    for name in names or found:
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "main"):
            print(f"\n# {name}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
            try:
                module.main(*([counts[name]] if name in counts else []))
            except (ValueError, OSError) as error:  # no notes rendered, none shipped
                if names:
                    sys.exit(f"{name}: {error}")
                print(f"left out: {error}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
