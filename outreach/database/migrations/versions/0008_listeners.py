"""Processes that take calls: nobody is called while none of them has an agent"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listeners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answered_wall", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listeners")),
    )


def downgrade() -> None:
    op.drop_table("listeners")
