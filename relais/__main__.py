"""`python -m relais` is `relais`."""

from relais.cli import main

main()
