"""The eight steps from bare machines to a ring, without a terminal; console and command line drive them.

Import from the modules: `workflow.Workflow`, `next_action.main_action`, `run_action.run_action`, `state.WorkflowState`.
"""
