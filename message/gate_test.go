package message

import "testing"

const plainGet = "GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n\r\n"

func TestParsePlainRequest(t *testing.T) {
	var r Request
	if rej := r.Parse([]byte(plainGet), "http", nil); rej != nil {
		t.Fatal(rej)
	}
	if r.Method != "GET" || string(r.Hostname) != "example.com" || string(r.Path) != "/index.html" || string(r.Query) != "a=b" || !r.KeepAlive || len(r.Fields) != 5 {
		t.Errorf("%+v", r)
	}
}

func BenchmarkParse(b *testing.B) {
	var r Request
	head := []byte(plainGet)
	b.ReportAllocs()
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		if n, rej := HeadEnd(head, 0); n == 0 || rej != nil {
			b.Fatal(rej)
		}
		if rej := r.Parse(head, "http", nil); rej != nil {
			b.Fatal(rej)
		}
	}
}
