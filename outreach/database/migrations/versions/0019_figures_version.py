"""What is published is worked out once for each version of the figures"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "figure_keepers", sa.Column("version", sa.Uuid(), server_default=sa.func.gen_random_uuid(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("figure_keepers", "version")
