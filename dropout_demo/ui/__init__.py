"""What needs Streamlit: helpers and the components that run in the browser."""
