# Sourced by the image's entrypoint: it would leave the owner's password to PostgreSQL, which would log in to other nodes with it
# as whichever role.
unset PGPASSWORD
