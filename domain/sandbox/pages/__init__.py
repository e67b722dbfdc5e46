"""The pages that Stripe hosts: checkout, customer portal, invoice; and an overview of the stand-in itself."""
