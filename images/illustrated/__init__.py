"""The page "One connection, every byte": recorded, read, told.

recorder    a server, a browser, and what passed between them
capture     the packets as a file, and back
groups      what the page is made of: steps, parts, groups of bytes
segments    IP and TCP, byte by byte
heads       the opening handshake, line by line
frames      frames, byte by byte
tls         records, what is outside of them and what is inside
steps       a connection, step by step
bytemap     all bytes in one picture
page        the HTML, of template.html, page.css and page.js
"""
