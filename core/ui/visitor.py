"""Who looks at the page."""

from __future__ import annotations

import ipaddress

import streamlit as st


def is_owner() -> bool:
    """Whether the browser runs on this computer: only then may it choose folders and index."""
    address = st.context.ip_address
    # Streamlit gives no address for its own host.
    return address is None or ipaddress.ip_address(address).is_loopback
