package push

import (
	"testing"

	"pgregory.net/rapid"
)

func TestHandle_ReadsBackAsItsDelivery(t *testing.T) {
	s := &Service{keys: testKeys(t, 1)}
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.Int64Range(1, 1<<handleMessageBits-1).Draw(t, "message")
		user := UserID(rapid.Int64Range(1, 1<<handleUserBits-1).Draw(t, "user"))
		handle := s.Handle(msg, user)
		if len(handle) != 22 || !isHandle(handle) {
			t.Fatalf("handle %q", handle)
		}
		if gotMsg, gotUser := s.parseHandle(handle); gotMsg != msg || gotUser != user {
			t.Fatalf("(%d, %d) came back as (%d, %d)", msg, user, gotMsg, gotUser)
		}
	})
}

func TestF38_Handle_IsNotGuessed(t *testing.T) {
	s, other := &Service{keys: testKeys(t, 1)}, &Service{keys: testKeys(t, 2)}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	handle := s.Handle(1, 1)
	for range 10_000 {
		if msg, u := s.parseHandle(randomHandle()); msg != 0 || u != 0 {
			t.Fatalf("a made-up handle is delivery (%d, %d)", msg, u)
		}
	}
	if msg, u := other.parseHandle(handle); msg != 0 || u != 0 {
		t.Error("a handle is read under a foreign key")
	}
	for i := range handle { // no character can be changed
		for _, c := range []byte(alphabet + " \x00") {
			changed := handle[:i] + string(c) + handle[i+1:]
			if msg, u := s.parseHandle(changed); changed != handle && (msg != 0 || u != 0) {
				t.Errorf("%q and %q are one delivery", handle, changed)
			}
		}
	}
	for _, bad := range []string{"", handle[:21], handle + "A", "鸿雁传书鸿雁传书"} {
		if msg, u := s.parseHandle(bad); msg != 0 || u != 0 {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestPermanentHandle_DiffersByPurpose(t *testing.T) {
	s := &Service{keys: testKeys(t, 1)}
	seen := make(map[string]bool)
	for _, purpose := range []string{SceneApp, SceneTopic, SceneSPT} {
		for app := range AppID(3) {
			for topic := range TopicID(3) {
				seen[s.permanentHandle(purpose, app, topic)] = true
			}
		}
	}
	if len(seen) != 27 {
		t.Errorf("%d handles, want 27", len(seen))
	}
	if a, b := s.permanentHandle(SceneApp, 1, 0), s.permanentHandle(SceneApp, 1, 0); a != b || !isHandle(a) {
		t.Errorf("%q and %q", a, b)
	}
}

// A handle comes from the path of a URL: anything at all.
func FuzzHandle(f *testing.F) {
	s := &Service{keys: testKeys(f, 1)}
	for i := range int64(40) {
		f.Add(s.Handle(1<<i, UserID(1<<(i%40))))
	}
	f.Fuzz(func(t *testing.T, text string) {
		msg, user := s.parseHandle(text)
		if msg == 0 && user == 0 {
			return
		}
		if again := s.Handle(msg, user); again != text {
			t.Fatalf("%q is delivery (%d, %d), whose handle is %q", text, msg, user, again)
		}
	})
}
