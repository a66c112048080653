"""Physicians' points and departures, volunteers' sites, retirements, imports of the register"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

_OF_PHYSICIANS = (
    ("gender", sa.String()),
    ("structure", sa.String()),
    ("commune_key", sa.String()),
    ("east", sa.Float()),
    ("north", sa.Float()),
    ("left_on", sa.Date()),
)
_OF_VOLUNTEERS = (
    ("site", sa.String()),
    ("east", sa.Float()),
    ("north", sa.Float()),
    ("gender", sa.String()),
    ("left_on", sa.Date()),
    ("stops_on", sa.Date()),
)


def upgrade() -> None:
    for name, kind in _OF_PHYSICIANS:
        op.add_column("physicians", sa.Column(name, kind, nullable=True))
    op.add_column("physicians", sa.Column("name_key", sa.String(), nullable=False, server_default=""))
    op.alter_column("physicians", "name_key", server_default=None)
    # Accents, points and the rest come with the next import of the register.
    op.execute("update physicians set name_key = lower(last_name) || ',' || lower(first_name)")
    op.execute("update physicians set commune_key = lower(commune)")
    op.execute(
        "update physicians set gender = case when civility ilike 'madame' then 'female'"
        " when civility ilike 'monsieur' then 'male' end"
    )
    for column in ("name_key", "commune_key"):
        op.create_index(
            f"ix_physicians_{column.removesuffix('_key')}",
            "physicians",
            [column],
            postgresql_ops={column: "text_pattern_ops"},
        )
    for name, kind in _OF_VOLUNTEERS:
        op.add_column("volunteers", sa.Column(name, kind, nullable=True))
    op.execute(
        """
        update volunteers set site = first.site, gender = first.gender
        from (select distinct on (rpps) rpps, site, gender from physicians order by rpps, site) first
        where first.rpps = volunteers.rpps
        """
    )
    op.create_index(
        "ix_volunteers_neighbours",
        "volunteers",
        [sa.text("point(east, north)")],
        postgresql_using="gist",
    )
    op.create_index("ix_offers_rpps", "offers", ["rpps"])
    op.create_table(
        "retirements",
        sa.Column("rpps", sa.String(), nullable=False),
        sa.Column("stops_on", sa.Date(), nullable=False),
        sa.Column("successor", sa.String(), nullable=True),
        sa.Column("announced_by", sa.Uuid(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["announced_by"], ["accounts.id"], name=op.f("fk_retirements_announced_by")),
        sa.PrimaryKeyConstraint("rpps", name=op.f("pk_retirements")),
    )
    op.create_table(
        "physician_extracts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_extracts")),
    )


def downgrade() -> None:
    op.drop_table("physician_extracts")
    op.drop_table("retirements")
    op.drop_index("ix_offers_rpps", "offers")
    op.drop_index("ix_volunteers_neighbours", "volunteers")
    for name, _ in _OF_VOLUNTEERS:
        op.drop_column("volunteers", name)
    op.drop_index("ix_physicians_commune", "physicians")
    op.drop_index("ix_physicians_name", "physicians")
    op.drop_column("physicians", "name_key")
    for name, _ in _OF_PHYSICIANS:
        op.drop_column("physicians", name)
