"""HTTP, WebSocket and SSE routes beside Streamlit's own."""
