"""Who calls: customer records, what they bought, and the policies that apply."""
