"""A stand-alone server that behaves like eBay: for development, tests and demonstrations.

Start it with `python -m mock_ebay`, or embed `mock_ebay.app.create_app`. What `/products` takes is
said in product_form, what `/control` can do in control, what is told over Socket.IO in events.
"""
