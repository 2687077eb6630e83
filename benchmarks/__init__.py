"""What the connector costs: CPU, memory, quota, calls and start-up, each measured in processes of its own."""
