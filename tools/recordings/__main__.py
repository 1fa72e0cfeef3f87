import sys
from pathlib import Path

from tools.recordings.library import write_library

if len(sys.argv) > 2:
    sys.exit("usage: python -m tools.recordings [DIR]")
folder = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).parents[2] / "recordings"
for path in write_library(folder):
    print(path)
