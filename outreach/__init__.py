"""The heart: what is true about patients, attempts, consents and requests. Imports none of the other rooms."""
