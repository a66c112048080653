"""Claims of many contacts at once: the indexes that they read, and whose turn it is among campaigns"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign_shares",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_shares_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_shares")),
    )
    op.create_index(
        "ix_contacts_due",
        "contacts",
        ["campaign_id", sa.text("(callback_from is null)"), "next_attempt_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_contacts_to_open",
        "contacts",
        ["campaign_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text(
            "state = 'waiting' and (held_by is distinct from 'announcement_pending' or announced_at is not null)"
        ),
    )
    op.create_index(
        "ix_contacts_callbacks",
        "contacts",
        ["campaign_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' and callback_from is not null"),
    )
    op.create_index(
        "ix_contacts_to_announce",
        "contacts",
        ["campaign_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text(
            "state = 'waiting' and held_by = 'announcement_pending' and announced_at is null"
        ),
    )
    op.create_index(
        "ix_attempts_open_calls",
        "attempts",
        ["campaign_id"],
        unique=False,
        postgresql_where=sa.text("status <> 'ended' and channel = 'voice' and direction = 'outbound'"),
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_open_calls", table_name="attempts")
    for name in ("to_announce", "callbacks", "to_open", "due"):
        op.drop_index(f"ix_contacts_{name}", table_name="contacts")
    op.drop_table("campaign_shares")
