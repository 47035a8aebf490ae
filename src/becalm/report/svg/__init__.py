"""Drawing in SVG: axes, marks, bars, ribbons and the figure that stacks them on one axis of days."""
