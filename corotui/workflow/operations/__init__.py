"""What a workflow does: functions over an OperationContext, each called by one method of Workflow."""
