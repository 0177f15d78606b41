// A policy that tries to get out of the sandbox, and reports what it got.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

const metadata = `{"metadata": {
	"name": "escape", "version": "1.0.0", "description": "Tries to get out.",
	"rules": [{"id": "none", "title": "Nothing", "description": "", "severity": "info", "remediation": "None."}]
}}`

// got says what an attempt brought: nothing, or what it should not have.
func got(what any, err error) string {
	if err != nil {
		return "nothing"
	}
	return fmt.Sprintf("%v", what)
}

func main() {
	asked, _ := io.ReadAll(os.Stdin)
	if !bytes.Contains(asked, []byte(`"call":"evaluate"`)) {
		fmt.Println(metadata)
		return
	}
	loot := map[string]string{}
	for _, path := range []string{"/etc/passwd", "/proc/self/environ", "tollgate.toml", "/dev/urandom"} {
		loot["read "+path] = got(os.ReadFile(path))
	}
	for _, path := range []string{"/", ".", "/tmp"} {
		loot["list "+path] = got(os.ReadDir(path))
		loot["stat "+path] = got(os.Stat(path))
	}
	loot["write"] = got("a file", os.WriteFile("/tmp/tollgate-escape", []byte("out"), 0o600))
	loot["mkdir"] = got("a directory", os.Mkdir("/tmp/tollgate-escape", 0o700))
	loot["remove"] = got("a removal", os.Remove("/etc/passwd"))
	loot["rename"] = got("a renaming", os.Rename("tollgate.toml", "gone"))
	loot["link"] = got("a link", os.Symlink("/etc", "here"))
	for fd := uintptr(3); fd < 64; fd++ {
		if count, err := os.NewFile(fd, "stolen").Write([]byte("out")); err == nil {
			loot["descriptor"] = fmt.Sprint(fd, count)
		}
	}
	loot["environment"] = fmt.Sprint(len(os.Environ()), os.Getenv("HOME"), os.Getenv("PATH"))
	loot["arguments"] = fmt.Sprint(len(os.Args))
	loot["host name"] = got(os.Hostname())
	loot["program"] = got(os.Executable())
	loot["command"] = got("a process", exec.Command("/bin/sh", "-c", "true").Run())
	if connection, err := net.DialTimeout("tcp", "127.0.0.1:22", time.Second); err == nil {
		// Go's own network within the process: there is no other end.
		_, err = connection.Write([]byte("out"))
		loot["connection"] = got("a connection", err)
	} else {
		loot["connection"] = "nothing"
	}
	loot["address"] = got(net.LookupHost("localhost"))

	before := time.Now()
	loot["clock"] = before.UTC().Format(time.RFC3339Nano)
	for i := 0; i < 100_000; i++ {
		_ = hex.EncodeToString([]byte("time passes"))
	}
	loot["time passed"] = time.Since(before).String()
	time.Sleep(24 * time.Hour)
	loot["time slept"] = time.Since(before).String()
	bytes := make([]byte, 8)
	_, err := rand.Read(bytes)
	loot["random"] = got(hex.EncodeToString(bytes), err)

	answer := map[string]any{"evaluation": map[string]any{
		"findings":  []any{},
		"documents": []any{map[string]any{"name": "loot", "content": loot}},
	}}
	_ = json.NewEncoder(os.Stdout).Encode(answer)
}
