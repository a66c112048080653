"""The figures, kept: facts, sums, and what changed since they were counted"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_FACTS = ("call_facts", "contact_facts", "conversation_facts", "request_facts")

# Whoever writes, whom it concerns is noted. What a statement left as it was stands twice in the union, and drops out.
# A union and not a join: its plan is as good for a million rows as for the one for which it was first made.
_CHANGED = """
create function {name}() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into figure_changes (person_id) select distinct patient_id from newer where {counts};
    elsif tg_op = 'DELETE' then
        insert into figure_changes (person_id) select distinct patient_id from older where {counts};
    else
        insert into figure_changes (person_id)
        select distinct patient_id
        from (select id, patient_id, {columns} from newer union all select id, patient_id, {columns} from older) both_ways
        where {counts}
        group by id, patient_id, {columns}
        having count(*) = 1;
        {besides}
    end if;
    return null;
end $$
"""
# Of whoever another contact had the attempt: only a merge does that.
_CONTACT_CHANGED = """
insert into figure_changes (person_id)
select patient_id from contacts where id in (
    select contact_id from (
        select id, contact_id from newer union all select id, contact_id from older
    ) both_ways where contact_id is not null group by id, contact_id having count(*) = 1
);
"""
_ATTEMPT = (
    "contact_id, campaign_id, purpose, direction, channel, number, caller, placed_at, rang, human_answered, right_party"
)
_CONTACT = "campaign_id, state, attempts, next_attempt_at, held_by, created_at"
_STATEMENTS = {
    "attempts": dict(
        columns=_ATTEMPT,
        counts="patient_id is not null and (placed_at is not null or rang or human_answered or right_party)",
        besides=_CONTACT_CHANGED,
    ),
    "contacts": dict(columns=_CONTACT, counts="true", besides=""),
    "phone_numbers": dict(columns="rank", counts="patient_id is not null", besides=""),
}

# Rows that are written one by one, most of whose changes no figure counts: these cost such a change nothing.
_ROWS = {
    "patients": ("new.id", "old.id", ("department", "birth_date", "ehpad_finess"), ("update",), None),
    "conversations": (
        "new.patient_id",
        "old.patient_id",
        ("patient_id", "contact_id", "attempt_id", "outcome", "identity"),
        ("insert", "update", "delete"),
        "select patient_id from attempts where id = {row}.attempt_id and patient_id is not null",
    ),
    "turns": (
        None,
        None,
        ("conversation_id", "asks", "speaker", "position"),
        ("insert", "update", "delete"),
        "select patient_id from conversations where id = {row}.conversation_id and patient_id is not null",
    ),
    "consents": (
        "new.patient_id",
        "old.patient_id",
        (),
        ("insert",),
        "select patient_id from conversations where id = {row}.conversation_id and patient_id is not null",
    ),
    "requests": (
        "coalesce(new.patient_id, new.id)",
        "coalesce(old.patient_id, old.id)",
        ("patient_id", "contact_id", "kind", "status", "result", "department", "created_at", "closed_at", "due_at"),
        ("insert", "update", "delete"),
        "select patient_id from contacts where id = {row}.contact_id",
    ),
    "request_events": (
        None,
        None,
        ("request_id", "account_id", "at"),
        ("insert", "update", "delete"),
        "select coalesce(patient_id, id) from requests where id = {row}.request_id",
    ),
    "offers": (
        None,
        None,
        ("request_id", "status"),
        ("insert", "update", "delete"),
        "select p from requests r left join contacts c on c.id = r.contact_id,"
        " lateral (values (coalesce(r.patient_id, r.id)), (c.patient_id)) v(p)"
        " where r.id = {row}.request_id and p is not null",
    ),
}
_ONLY = {"turns": "{row}.asks is not null", "request_events": "{row}.account_id is not null"}


def upgrade() -> None:
    wall = sa.DateTime(timezone=True)
    op.create_table(
        "figure_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at_wall", wall, server_default=sa.func.clock_timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_changes")),
    )
    op.create_table(
        "call_facts",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("is_call", sa.Boolean(), nullable=False),
        sa.Column("number_of_call", sa.SmallInteger(), nullable=True),
        sa.Column("local_half_hour", sa.DateTime(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("channel", "number_kind", "department", "age")
        ),
        sa.Column("ehpad", sa.Boolean(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("rang", "human_answered", "right_party", "accepted", "refused")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_call_facts")),
    )
    op.create_table(
        "contact_facts",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("age", sa.String(), nullable=False),
        sa.Column("ehpad", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("waits_for", sa.String(), nullable=True),
        sa.Column("steps", ARRAY(sa.String()), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_facts")),
    )
    op.create_table(
        "conversation_facts",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("asked", ARRAY(sa.String()), nullable=False),
        sa.Column("last_asked", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_facts")),
    )
    op.create_table(
        "request_facts",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("delay", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_facts")),
    )
    for name in _FACTS:
        op.create_index(f"ix_{name}_person", name, ["person_id"])
    op.create_table(
        "figures",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("breakdown", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(count > 0) = (people > 0) and count >= people and people >= 0", name=op.f("ck_figures_speaks_of_people")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "breakdown", "label", "measure", name=op.f("pk_figures")),
    )
    op.create_table(
        "figure_keepers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_wall", wall, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_figure_keepers_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_keepers")),
    )
    op.create_index(op.f("ix_consents_conversation_id"), "consents", ["conversation_id"])
    # Sums are written again and again: room for the next version on the same page.
    op.execute("alter table figures set (fillfactor = 50)")
    # What was noted is read once and deleted.
    op.execute("alter table figure_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)")
    _note_changes()
    op.execute("insert into figure_changes (person_id) select patient_id from contacts")
    op.execute("insert into figure_changes (person_id) select coalesce(patient_id, id) from requests")


def _note_changes() -> None:
    for table, parts in _STATEMENTS.items():
        name = f"{table}_change_figures"
        op.execute(_CHANGED.format(name=name, **parts))
        for act, tables in (
            ("insert", "new table as newer"),
            ("delete", "old table as older"),
            ("update", "new table as newer old table as older"),
        ):
            op.execute(
                f"create trigger {name}_on_{act} after {act} on {table}"
                f" referencing {tables} for each statement execute function {name}()"
            )
    for table, (new, old, columns, acts, besides) in _ROWS.items():
        name = f"{table}_change_figures"
        lines = []
        for row, one, when in (("new", new, "tg_op <> 'DELETE'"), ("old", old, "tg_op <> 'INSERT'")):
            noted = [f"select {one} where {one} is not null"] if one else []
            noted += [besides.format(row=row)] if besides else []
            lines.append(
                f"if {when} then insert into figure_changes (person_id) {' union '.join(noted)}; end if;"
            )
        op.execute(
            f"create function {name}() returns trigger language plpgsql as $$ begin {' '.join(lines)} return null; end $$"
        )
        for act in acts:
            conditions = [_ONLY[table].format(row="old" if act == "delete" else "new")] if table in _ONLY else []
            if act == "update":
                before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("old", "new"))
                conditions = [f"({before}) is distinct from ({after})"]
            when = f" when ({' and '.join(conditions)})" if conditions else ""
            op.execute(
                f"create trigger {name}_on_{act} after {act} on {table} for each row{when} execute function {name}()"
            )


def downgrade() -> None:
    for table in (*_STATEMENTS, *_ROWS):
        acts = _ROWS[table][3] if table in _ROWS else ("insert", "delete", "update")
        for act in acts:
            op.execute(f"drop trigger {table}_change_figures_on_{act} on {table}")
        op.execute(f"drop function {table}_change_figures")
    for name in ("figure_keepers", "figures", *reversed(_FACTS), "figure_changes"):
        op.drop_table(name)
    op.drop_index(op.f("ix_consents_conversation_id"), "consents")
