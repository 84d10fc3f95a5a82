"""The wire format of the WhatsApp Cloud API, as a sender and a webhook receiver see it. Pure: no clock, no network.

Source: Meta's documentation of the WhatsApp Business Platform (messages endpoint, error codes, webhook references).
"""
