"""The course, walked in a real JupyterLab; a package, so that all of it shares one."""
