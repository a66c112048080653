"""The queue of rare mobilities"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None

_OPEN = "status in ('new', 'claimed', 'offered')"
_RARE = ("home_visit", "transport_needed", "wheelchair")


def upgrade() -> None:
    for mobility in _RARE:
        op.create_index(
            f"ix_requests_queue_{mobility}",
            "requests",
            ["rank", "due_at", "id"],
            postgresql_where=sa.text(f"{_OPEN} and mobility @> '[\"{mobility}\"]'::jsonb"),
        )
    op.create_check_constraint(op.f("ck_volunteers_taken_is_no_debt"), "volunteers", "taken >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_volunteers_taken_is_no_debt"), "volunteers")
    for mobility in _RARE:
        op.drop_index(f"ix_requests_queue_{mobility}", "requests")
