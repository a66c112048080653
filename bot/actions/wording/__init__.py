"""Everything that is said, in one place, in versions."""

# What is said unless a campaign says otherwise. Another one with every change of a consent question: the ledger keeps
# it beside what was answered.
WORDING = "2026-11-a"
