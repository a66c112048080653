"""Steering: targets, imports by page, policies to be allowed, priorities, wordings compared, alerts told elsewhere"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0018"
branch_labels = None
depends_on = None

_WAITING = "state = 'waiting' and (held_by is distinct from 'announcement_pending' or announced_at is not null)"


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    empty = sa.text("'{}'::jsonb")
    op.add_column("campaigns", sa.Column("target_on", sa.Date(), nullable=True))
    op.add_column("campaigns", sa.Column("priorities", JSONB(), nullable=False, server_default=empty))
    op.add_column("campaigns", sa.Column("wording", sa.String(), nullable=True))
    op.add_column("campaigns", sa.Column("comparison", JSONB(), nullable=True))
    op.add_column("contacts", sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="1"))
    op.drop_index("ix_contacts_due", "contacts")
    op.create_index(
        "ix_contacts_due",
        "contacts",
        ["campaign_id", sa.text("(callback_from is null)"), "lane", "next_attempt_at", "id"],
        postgresql_where=sa.text("state = 'due'"),
    )
    op.drop_index("ix_contacts_to_open", "contacts")
    op.create_index(
        "ix_contacts_to_open",
        "contacts",
        ["campaign_id", "lane", "next_attempt_at"],
        postgresql_where=sa.text(_WAITING),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("preview", JSONB(), nullable=True),
        sa.Column("result", JSONB(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("uploaded_at", time, nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("finished_at", time, nullable=True),
        sa.Column("seen_wall", time, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_imports_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_campaign", "imports", ["campaign_id", "uploaded_at"])
    op.create_table(
        "policy_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", time, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", time, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_policy_proposals_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposals")),
    )
    op.create_index(
        "uq_policy_proposals_open",
        "policy_proposals",
        ["campaign_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "wordings",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("sentences", JSONB(), nullable=False),
        sa.Column("told_at", time, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_wordings")),
    )
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("second", sa.String(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", JSONB(), nullable=True),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", time, nullable=True),
        sa.Column("looked_at", time, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_comparisons_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
    )
    op.create_index(
        "uq_comparisons_running",
        "comparisons",
        ["campaign_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "alert_messages",
        sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("tells", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, server_default="waiting"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_wall", time, nullable=False, server_default=sa.text("now()")),
        sa.Column("told_wall", time, nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_messages_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_messages")),
        sa.UniqueConstraint("alert_id", "tells", "way", name=op.f("uq_alert_messages_alert_id_tells_way")),
    )
    op.create_index(
        "ix_alert_messages_waiting", "alert_messages", ["next_wall"], postgresql_where=sa.text("state = 'waiting'")
    )
    # Whoever opens or settles an alert, by whatever way, has it told: in their own transaction.
    op.execute(
        """
        create function tell_alert() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
                insert into alert_messages (alert_id, tells, way)
                select new.id, 'opened', way from unnest(array['email', 'webhook']) as way
                where new.settled_at is null;
            else
                insert into alert_messages (alert_id, tells, way)
                select new.id, 'over', way from unnest(array['email', 'webhook']) as way
                on conflict do nothing;
            end if;
            return null;
        end $$
        """
    )
    op.execute("create trigger alert_opened after insert on alerts for each row execute function tell_alert()")
    op.execute(
        """
        create trigger alert_settled after update of settled_at on alerts for each row
        when (old.settled_at is null and new.settled_at is not null) execute function tell_alert()
        """
    )


def downgrade() -> None:
    op.execute("drop trigger alert_settled on alerts")
    op.execute("drop trigger alert_opened on alerts")
    op.execute("drop function tell_alert()")
    for table in ("alert_messages", "comparisons", "wordings", "policy_proposals", "imports"):
        op.drop_table(table)
    op.drop_index("ix_contacts_to_open", "contacts")
    op.create_index(
        "ix_contacts_to_open", "contacts", ["campaign_id", "next_attempt_at"], postgresql_where=sa.text(_WAITING)
    )
    op.drop_index("ix_contacts_due", "contacts")
    op.create_index(
        "ix_contacts_due",
        "contacts",
        ["campaign_id", sa.text("(callback_from is null)"), "next_attempt_at", "id"],
        postgresql_where=sa.text("state = 'due'"),
    )
    op.drop_column("contacts", "lane")
    for column in ("comparison", "wording", "priorities", "target_on"):
        op.drop_column("campaigns", column)
