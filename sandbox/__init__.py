"""A Twilio-compatible telephone network in a box, with simulated patients on its lines."""
