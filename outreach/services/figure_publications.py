"""What is published of the figures: worked out after a fold, outside any request, and read by whoever shows figures.

All that a session reads comes of one publication, whatever is published meanwhile: a table of one version beside
another's could tell what each hides (rule 15).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from math import inf
from uuid import UUID, uuid4

from outreach.database.repositories import figure_folds, published_figures
from outreach.domain.rates import EVERYWHERE
from outreach.runtime import Runtime, Session
from outreach.services import figure_masking
from outreach.services.figure_keeping import PUBLICATION, as_of, bring_up_to_date, fold_all
from outreach.services.figure_publishing import Published, beside_each

KEPT_SECONDS = 5.0
"""Whoever publishes does so each second: after so long without, a reader works it out itself."""

_LATE_SECONDS = 30.0
"""While another is at it, what is older isn't shown."""

_NOTHING = Published({}, frozenset())

Mask = Callable[[str], str]
"""`figure_masking.masked`, here or in a child."""


class _Kept:
    """A campaign's publication as stored, made out when it is first wanted."""

    def __init__(self, version: UUID, sums: str, hidden: str) -> None:
        self.version = version
        self._stored = (sums, hidden)
        self.is_wanted = False

    @cached_property
    def published(self) -> Published:
        self.is_wanted = True
        return figure_masking.published(*self._stored)


_kept: dict[UUID, _Kept] = {}
"""By campaign, the last one read; versions are never the same twice, in whatever database."""


class Publication:
    """What may be seen of all campaigns at one instant. `as_of`: all that was committed before is in it."""

    def __init__(self, as_of: datetime, campaigns: Mapping[UUID, _Kept]) -> None:
        self.as_of = as_of
        self._campaigns = campaigns

    def of(self, campaign_id: UUID) -> Published:
        """What of a campaign's figures can be shown; `EVERYWHERE`: of all campaigns together."""
        found = self._campaigns.get(campaign_id)
        if found is None:
            return _NOTHING
        return self._everywhere if campaign_id == EVERYWHERE else found.published

    def each(self) -> dict[UUID, Published]:
        """By campaign, without all of them together."""
        return {one: kept.published for one, kept in self._campaigns.items() if one != EVERYWHERE}

    @cached_property
    def _everywhere(self) -> Published:
        return beside_each(self._campaigns[EVERYWHERE].published, self.each().values())

    def make_out(self, wanted: Mapping[UUID, _Kept]) -> None:
        """Ahead of whoever asks: what was wanted of the last one."""
        for campaign_id, kept in self._campaigns.items():
            if campaign_id in wanted and wanted[campaign_id].is_wanted:
                kept.published.make_as_of(wanted[campaign_id].published)


def current(session: Session) -> Publication:
    """What is published, the same as long as the session lasts; worked out now where nobody else sees to it."""
    pinned: Publication | None = session.info.get(PUBLICATION)
    if pinned is None:
        pinned = session.info[PUBLICATION] = _newest(session)
    return pinned


def _newest(session: Session) -> Publication:
    found, seconds = _read(session)
    if found is not None and seconds < KEPT_SECONDS:
        return found
    bring_up_to_date(session)
    if publish(session):
        found, _ = _read(session)
        assert found is not None
        return found
    if found is not None and seconds < _LATE_SECONDS:
        return found
    # Nobody waits for another, who may wait for them.
    until, rows = as_of(session), published_figures.counted(session, unmoved=True)
    masked = {one.campaign_id: one.hidden or figure_masking.masked(one.sums) for one in rows}
    return Publication(until, {one.campaign_id: _Kept(uuid4(), one.sums, masked[one.campaign_id]) for one in rows})


def _read(session: Session) -> tuple[Publication | None, float]:
    """What is published, and for how many seconds nobody saw to it."""
    known = dict(_kept)
    read = published_figures.read(session, [one.version for one in known.values()])
    if read is None:
        return None, inf
    campaigns = {}
    for campaign_id, version, sums, hidden in read.campaigns:
        if sums is None or hidden is None:
            campaigns[campaign_id] = known[campaign_id]
        else:
            campaigns[campaign_id] = _kept[campaign_id] = _Kept(version, sums, hidden)
    return Publication(read.as_of, campaigns), read.seconds


def publish(session: Session, mask: Mask = figure_masking.masked) -> bool:
    """Publishes the figures as they are counted by now; False while another process is at it."""
    if not published_figures.try_lock(session):
        return False
    _publish(session, mask)
    return True


def publish_all(session: Session) -> None:
    """Counts and publishes all that changed, however much, waiting for others at it: for a command, and for tests."""
    fold_all(session)
    published_figures.lock(session)
    _publish(session, figure_masking.masked)
    session.info.pop(PUBLICATION, None)


def _publish(session: Session, mask: Mask) -> None:
    # In this order: what is counted meanwhile is published once more, never told to be in and left out.
    at_wall, counted_until = figure_folds.now_wall(session), as_of(session)
    version = published_figures.figures_version(session)
    if not published_figures.is_newest(session):
        for one in published_figures.counted(session, unmoved=False):
            published_figures.store(session, one.campaign_id, one.sums, mask(one.sums))
        published_figures.take_back(session)
    published_figures.seen_to(session, at_wall, counted_until, version)


def see_to(runtime: Runtime, mask: Mask) -> None:
    """What is to be done every second after the folds: publishes, and has ready what this process's readers want."""
    wanted = dict(_kept)
    with runtime.transaction() as session:
        figure_folds.do_not_wait_for_the_disk(session)
        publish(session, mask)
    with runtime.transaction() as session:
        found, _ = _read(session)
    if found is not None:
        found.make_out(wanted)
