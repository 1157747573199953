vcl 4.1;

# Varnish with its default VCL, which asks for nothing but a backend.
backend origin {
    .host = "127.0.0.1";
    .port = "{{index .Origins 0}}";
}
