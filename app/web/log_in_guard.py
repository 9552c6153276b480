"""How often somebody may try a password, or ask whether a name is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from starlette.types import Scope

from app.errors import VoltWayError
from app.middleware.client_address import client_address, read_networks
from app.utils.rate_limit import Bucket, Limit, LimiterAway, RateLimiter
from app.web.limits import TooManyRequests, network_of, whole_s

LOG_IN, REGISTRATION = "log-in", "registration"
"""Names of the policies."""

_ACCOUNT_TIMES = 2


class LimitsUnavailable(VoltWayError):
    """Whether somebody guesses passwords cannot be told at this moment."""

    slug, title, status = "limits-unavailable", "Logging in is not possible now", 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}

    def __init__(self) -> None:
        super().__init__(
            "The store that counts log-ins does not answer. Ask again in a few seconds."
        )


class LogInGuard:
    """Slows down whoever guesses passwords: by address, and by account from everywhere.

    An account takes twice as many tries as an address, so that nobody can keep its owner out
    from one address alone. Sessions that are open go on. What tells whether a name is taken
    has a stricter limit beside it, for each address. Where Redis counts and is away, nobody
    can log in: see ``LimitsUnavailable``.

    Args:
        limiter: Counts.
        log_ins: Of one address; ``None``: nothing is limited here, registrations neither.
        registrations: Of one address; ``None`` is no limit beyond that of log-ins.
        trusted_proxies: Networks whose ``X-Forwarded-For`` is believed.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        log_ins: Limit | None,
        registrations: Limit | None = None,
        trusted_proxies: Sequence[str] = (),
    ) -> None:
        self._limiter = limiter
        self._log_ins = log_ins
        self._registrations = registrations
        self._trusted = read_networks(trusted_proxies)

    async def require(
        self, scope: Scope, account: str | None = None, *, tells_names: bool = False
    ) -> None:
        """Count a try.

        Args:
            scope: Of the request.
            account: What the account is named by, folded and hashed; ``None`` for a registration.
            tells_names: Whether the answer tells if a name or an address has an account.

        Raises:
            TooManyRequests: There were too many of this address, or for this account.
            LimitsUnavailable: Nobody can tell.

        Cost: one call of the limiter.
        """
        if self._log_ins is None:
            return
        policies = self._policies(self._log_ins, scope, account, tells_names=tells_names)
        try:
            decision = await self._limiter.take([bucket for _, bucket in policies], is_strict=True)
        except LimiterAway as away:
            raise LimitsUnavailable from away
        if decision.refused is not None:
            policy, bucket = policies[decision.refused]
            raise TooManyRequests(policy, bucket.limit, whole_s(decision.retry_after_s))

    def _policies(
        self, log_ins: Limit, scope: Scope, account: str | None, *, tells_names: bool
    ) -> list[tuple[str, Bucket]]:
        # One tag for all, since address and account are decided together; log-ins are few.
        address = network_of(client_address(scope, self._trusted))
        policies = [(LOG_IN, Bucket(f"{{log-in}}:{address}", log_ins))]
        if account is not None:
            wider = Limit(_ACCOUNT_TIMES * log_ins.count, log_ins.period_s)
            policies.append((LOG_IN, Bucket(f"{{log-in}}:account:{account}", wider)))
        if tells_names and self._registrations is not None:
            bucket = Bucket(f"{{log-in}}:registration:{address}", self._registrations)
            policies.append((REGISTRATION, bucket))
        return policies
