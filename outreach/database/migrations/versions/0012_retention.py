"""What has been emptied because it was kept long enough"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patients", sa.Column("erased_because", sa.String(), nullable=True))
    op.execute("update patients set erased_because = 'wish' where erased_at is not null")
    op.add_column("conversations", sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_conversations_to_empty", "conversations", ["ended_at"], postgresql_where=sa.text("emptied_at is null")
    )
    for table in ("relays", "audit_entries"):
        op.create_index(f"ix_{table}_at", table, ["at"], postgresql_using="brin")


def downgrade() -> None:
    for table in ("relays", "audit_entries"):
        op.drop_index(f"ix_{table}_at", table_name=table)
    op.drop_index("ix_conversations_to_empty", table_name="conversations")
    op.drop_column("conversations", "emptied_at")
    op.drop_column("patients", "erased_because")
