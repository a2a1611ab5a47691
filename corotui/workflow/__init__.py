"""The walk without a terminal: state and steps that the console paints and `apply` drives. Import from its modules:
`walk.walk.Walk`, `walk.action.main_action`, `walk.act.act`, `walk.model`."""
