"""The desk: the queue's order, versions, what an act changed, forms sent once, what was typed too late"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = sa.text("status in ('new', 'claimed', 'offered')")
_CHECKS = {
    "claim_is_a_lease": "status <> 'claimed' or (claimed_by is not null and claim_expires_at is not null)",
    "new_is_nobodys": "status <> 'new' or claimed_by is null",
}
_QUEUE = {
    "ix_requests_queue": ["rank", "due_at", "id"],
    "ix_requests_queue_department": ["department", "rank", "due_at", "id"],
    "ix_requests_held": ["claimed_by", "rank", "due_at", "id"],
}


def upgrade() -> None:
    op.add_column("requests", sa.Column("passed_on_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_requests_passed_on_by"), "requests", "accounts", ["passed_on_by"], ["id"])
    op.add_column("requests", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("requests", sa.Column("rank", sa.SmallInteger(), nullable=True))
    op.add_column("requests", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        update requests set
            rank = case
                when status = 'offered' then 7
                when kind = 'emergency' then 0
                else case kind when 'human' then 2 when 'identity' then 4 else 6 end
                    - case when callback_from is null then 0 else 1 end
            end,
            due_at = case
                when callback_from is not null and kind <> 'emergency' then callback_from
                else created_at + case kind
                    when 'emergency' then interval '15 minutes'
                    when 'human' then interval '4 hours'
                    when 'identity' then interval '24 hours'
                    else interval '48 hours'
                end
            end
        """
    )
    op.alter_column("requests", "rank", nullable=False)
    op.alter_column("requests", "due_at", nullable=False)
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_requests_{name}"), "requests", condition)
    op.drop_index("ix_requests_open", "requests")
    op.drop_index("ix_requests_status_department", "requests")
    for name, columns in _QUEUE.items():
        op.create_index(name, "requests", columns, postgresql_where=_OPEN)
    op.create_index(
        "ix_requests_leases", "requests", ["claim_expires_at"], postgresql_where=sa.text("status = 'claimed'")
    )
    op.create_index(
        "ix_requests_over",
        "requests",
        ["closed_at", "id"],
        postgresql_where=sa.text("status in ('closed', 'withdrawn')"),
    )
    op.add_column("request_events", sa.Column("document", JSONB(), nullable=True))
    op.add_column("request_events", sa.Column("undoes", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_request_events_undoes"), "request_events", "request_events", ["undoes"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_request_events_undoes"), "request_events", ["undoes"])
    op.add_column("accounts", sa.Column("telephone", sa.String(), nullable=True))
    op.create_table(
        "form_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form_keys")),
    )
    op.create_index(op.f("ix_form_keys_at"), "form_keys", ["at"])
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_drafts_account_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_drafts_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("uq_drafts_account_form", "drafts", ["account_id", "form"], unique=True)
    op.create_index(op.f("ix_drafts_request_id"), "drafts", ["request_id"])
    op.create_index(op.f("ix_drafts_at"), "drafts", ["at"])
    # Whoever writes, a version is counted; a lease that is renewed, a notice that is seen change nothing that a form overwrites.
    op.execute(
        """
        create function count_version() returns trigger language plpgsql as $$
        begin
            if to_jsonb(new) - '{claim_expires_at,passed_on_by}'::text[]
                    is distinct from to_jsonb(old) - '{claim_expires_at,passed_on_by}'::text[] then
                new.version := old.version + 1;
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger requests_count_their_version before update on requests"
        " for each row execute function count_version()"
    )
    # The desk's pages hear of it once it is committed. Nothing of a person is in it.
    op.execute(
        """
        create function tell_the_desk() returns trigger language plpgsql as $$
        begin
            perform pg_notify('requests', json_build_object(
                'id', new.id, 'kind', new.kind, 'status', new.status, 'department', new.department,
                'holder', new.claimed_by, 'is_new', tg_op = 'INSERT'
            )::text);
            return null;
        end $$
        """
    )
    op.execute(
        "create trigger requests_tell_the_desk_of_new_ones after insert on requests"
        " for each row execute function tell_the_desk()"
    )
    op.execute(
        "create trigger requests_tell_the_desk after update on requests for each row"
        " when (old.status is distinct from new.status or old.claimed_by is distinct from new.claimed_by)"
        " execute function tell_the_desk()"
    )


def downgrade() -> None:
    op.execute("drop trigger requests_tell_the_desk on requests")
    op.execute("drop trigger requests_tell_the_desk_of_new_ones on requests")
    op.execute("drop function tell_the_desk")
    op.execute("drop trigger requests_count_their_version on requests")
    op.execute("drop function count_version")
    op.drop_table("drafts")
    op.drop_table("form_keys")
    op.drop_column("accounts", "telephone")
    op.drop_column("request_events", "undoes")
    op.drop_column("request_events", "document")
    op.drop_index("ix_requests_over", "requests")
    op.drop_index("ix_requests_leases", "requests")
    for name in _QUEUE:
        op.drop_index(name, "requests")
    op.create_index("ix_requests_status_department", "requests", ["status", "department"])
    op.create_index("ix_requests_open", "requests", ["created_at"], postgresql_where=_OPEN)
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_requests_{name}"), "requests", type_="check")
    for column in ("due_at", "rank", "version", "passed_on_by"):
        op.drop_column("requests", column)
