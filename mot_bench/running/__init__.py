"""Running a suite: which pieces of work it has, and doing them."""
