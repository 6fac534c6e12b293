"""Quality assurance: supervisors rate calls on a form from a file, in part answered by rules."""
