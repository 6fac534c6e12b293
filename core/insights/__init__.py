"""What calls tell afterwards."""
