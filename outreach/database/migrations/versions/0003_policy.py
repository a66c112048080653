"""Every version of a policy, the one of each attempt, and invitations by SMS"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_policy_versions_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "version", name=op.f("pk_policy_versions")),
    )
    # Of the versions before this table, the last one alone is known.
    op.execute(
        "insert into policy_versions (campaign_id, version, document, reason, by, at)"
        " select id, policy_version, policy, policy_reason, 'relais', created_at from campaigns"
    )
    op.add_column("attempts", sa.Column("policy_version", sa.Integer(), nullable=True))
    op.add_column("contacts", sa.Column("invitation_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contacts_invitation",
        "contacts",
        ["invitation_due_at"],
        unique=False,
        postgresql_where=sa.text("invitation_due_at is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_invitation", table_name="contacts")
    op.drop_column("contacts", "invitation_due_at")
    op.drop_column("attempts", "policy_version")
    op.drop_table("policy_versions")
