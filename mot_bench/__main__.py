"""``python -m mot_bench``."""

from mot_bench.cli import main

if __name__ == "__main__":
    main()
