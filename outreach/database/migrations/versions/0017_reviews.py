"""Territories, followed cohorts, and the counts of the plan's reviews"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0019"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "territories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_territories_kind_name")),
    )
    op.create_table(
        "territory_communes",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("insee_code", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_territory_communes_territory_id")
        ),
        sa.PrimaryKeyConstraint("kind", "insee_code", name=op.f("pk_territory_communes")),
    )
    op.create_index(op.f("ix_territory_communes_territory_id"), "territory_communes", ["territory_id"])
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("reference_on", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_cohorts_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint("name", name=op.f("uq_cohorts_name")),
    )
    op.create_table(
        "cohort_members",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_members_cohort_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_cohort_members_patient_id")),
        sa.PrimaryKeyConstraint("cohort_id", "patient_id", name=op.f("pk_cohort_members")),
    )
    op.create_table(
        "review_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("has_places", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_review_days")),
    )
    op.create_table(
        "review_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("hidden", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["day"], ["review_days.day"], name=op.f("fk_review_counts_day"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("day", "department", "kind", "territory", name=op.f("pk_review_counts")),
    )
    op.create_index("ix_review_counts_territory", "review_counts", ["territory", "day"])
    op.create_table(
        "cohort_counts",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("hidden", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_counts_cohort_id")),
        sa.PrimaryKeyConstraint("cohort_id", "day", "department", name=op.f("pk_cohort_counts")),
    )


def downgrade() -> None:
    for table in (
        "cohort_counts",
        "review_counts",
        "review_days",
        "cohort_members",
        "cohorts",
        "territory_communes",
        "territories",
    ):
        op.drop_table(table)
