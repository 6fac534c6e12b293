"""What helps the agent: spotting, tools, and the assistants that use them."""
