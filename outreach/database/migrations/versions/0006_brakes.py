"""What the brakes need: departments of advisers, when a campaign last began to call, alerts that are counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("status in ('new', 'claimed', 'offered')")
_ENDED_CALL = sa.text("status = 'ended' and purpose = 'call' and direction = 'outbound'")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("departments", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.alter_column("accounts", "departments", server_default=None)
    op.add_column("volunteers", sa.Column("department", sa.String(), nullable=True))
    op.execute(
        """
        update volunteers set department = (
            select department from physicians where physicians.rpps = volunteers.rpps order by site limit 1
        )
        """
    )
    op.add_column("campaigns", sa.Column("calling_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("update campaigns set calling_since = started_at")
    op.add_column("alerts", sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alerts", sa.Column("count", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("alerts", "count", server_default=None)
    op.add_column("alerts", sa.Column("settled_by", sa.String(), nullable=True))
    # One open alert of a kind for a campaign: of several, the newest stays.
    op.execute(
        """
        update alerts set settled_at = at, settled_by = 'relais'
        where settled_at is null and campaign_id is not null and exists (
            select from alerts newer
            where newer.campaign_id = alerts.campaign_id and newer.kind = alerts.kind
              and newer.settled_at is null and (newer.at, newer.id) > (alerts.at, alerts.id)
        )
        """
    )
    op.create_index(
        "uq_alerts_open_campaign_kind",
        "alerts",
        ["campaign_id", "kind"],
        unique=True,
        postgresql_where=sa.text("settled_at is null and campaign_id is not null"),
    )
    op.create_index("ix_alerts_open", "alerts", ["at"], postgresql_where=sa.text("settled_at is null"))
    op.create_index("ix_requests_load", "requests", ["department", "kind", "status"], postgresql_where=_OPEN)
    op.create_index(
        "ix_attempts_campaign_ended", "attempts", ["campaign_id", "ended_at"], postgresql_where=_ENDED_CALL
    )
    op.create_index("ix_attempts_ended", "attempts", ["ended_at"], postgresql_where=_ENDED_CALL)


def downgrade() -> None:
    op.drop_index("ix_attempts_ended", "attempts")
    op.drop_index("ix_attempts_campaign_ended", "attempts")
    op.drop_index("ix_requests_load", "requests")
    op.drop_index("ix_alerts_open", "alerts")
    op.drop_index("uq_alerts_open_campaign_kind", "alerts")
    op.drop_column("alerts", "settled_by")
    op.drop_column("alerts", "count")
    op.drop_column("alerts", "last_at")
    op.drop_column("campaigns", "calling_since")
    op.drop_column("volunteers", "department")
    op.drop_column("accounts", "departments")
