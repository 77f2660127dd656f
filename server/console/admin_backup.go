package console

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"hongyan/push"
	"hongyan/server/ui"
)

var (
	errNoBackup   = errors.New("no such backup")
	errBackupRuns = errors.New("a backup is being made already")
)

// backupRun is the backup that this process makes, or made last.
type backupRun struct {
	mu          sync.Mutex
	running     bool
	done, total int64
	made        BackupFile
	failed      error
	ended       time.Time
}

// start tells whether a new run may begin.
func (b *backupRun) start() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running {
		return false
	}
	b.running, b.done, b.total, b.failed, b.made = true, 0, 0, nil, BackupFile{}
	return true
}

func (b *backupRun) progress(done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done, b.total = done, total
}

func (b *backupRun) end(made BackupFile, err error, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running, b.made, b.failed, b.ended = false, made, err, now
}

// runState is how far it has come.
type runState struct {
	Running     bool
	Done, Total int64
	Percent     int64
	Made        string
	Failed      bool
	Ended       time.Time
}

// Size words a number of bytes.
func (runState) Size(n int64) string { return bytesText(n) }

func (b *backupRun) state() runState {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := runState{Running: b.running, Done: b.done, Total: b.total, Made: b.made.Name, Failed: b.failed != nil, Ended: b.ended}
	if b.total > 0 {
		s.Percent = b.done * 100 / b.total
	}
	return s
}

// backupView is the copies that there are.
type backupView struct {
	Able   bool // there are files; else the database has tools of its own
	Makes  bool
	Folder string
	Files  []BackupFile
	Run    runState
}

// Size words a number of bytes.
func (backupView) Size(n int64) string { return bytesText(n) }

func (c *Console) backupPage(r *request) (reply, error) {
	b := c.o.Server.Backups
	v := backupView{Able: b.List != nil, Makes: b.Make != nil, Folder: b.Folder, Run: c.backup.state()}
	if v.Able {
		var err error
		if v.Files, err = b.List(); err != nil {
			return reply{}, err
		}
	}
	return shown("admin_backup", wordsBackup, v), nil
}

// backupLive shows how far the backup has come, until it is made.
func (c *Console) backupLive(*request) (reply, error) {
	return live(func(ctx context.Context, s *stream) error {
		over := errors.New("over")
		err := every(ctx, 500*time.Millisecond, func() error {
			now := c.backup.state()
			if err := s.part("run", "admin_backup", "run", now); err != nil {
				return err
			}
			if !now.Running {
				return over
			}
			return nil
		})
		if errors.Is(err, over) {
			return s.out.Write(ui.Event("end", "", ""))
		}
		return err
	}), nil
}

// makeBackup begins a backup, which goes on whoever looks at it. A server that
// stops ends it, and nothing stays of it.
func (c *Console) makeBackup(r *request) (reply, error) {
	copyNow := c.o.Server.Backups.Make
	if copyNow == nil {
		return reply{}, errNoBackup
	}
	if !c.backup.start() {
		return reply{}, errBackupRuns
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(r.Context()))
	go func() {
		defer stop()
		go func() {
			select {
			case <-ctx.Done():
			case <-c.hangUp:
				stop()
			}
		}()
		made, err := copyNow(ctx, c.backup.progress)
		c.backup.end(made, err, c.o.Now())
		if err != nil {
			c.o.Log.Error("backup", "err", err)
			return
		}
		if err := c.o.Push.Note(ctx, push.Change{Action: "backup.make", Subject: made.Name}); err != nil {
			c.o.Log.Error("backup", "err", err)
		}
	}()
	return sentTo(Prefix + "admin/backup"), nil
}

// downloadBackup sends a copy to keep elsewhere.
func (c *Console) downloadBackup(r *request) (reply, error) {
	open := c.o.Server.Backups.Open
	if open == nil {
		return reply{}, errNoBackup
	}
	name := r.value("file")
	file, err := open(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = errNoBackup
	}
	if err != nil {
		return reply{}, err
	}
	if err := c.o.Push.Note(r.Context(), push.Change{Action: "backup.download", Subject: name}); err != nil {
		return reply{}, errors.Join(err, file.Close())
	}
	return written("application/octet-stream", name, func(_ context.Context, w io.Writer) error {
		defer file.Close()
		_, err := io.Copy(w, file)
		return err
	}), nil
}

// wordsStepBackup says on the phone what is to be allowed.
func wordsStepBackup(r *request) words { return say("下载备份 %s", r.PostForm.Get("file")) }

// Newest is the name of the latest copy.
func (v backupView) Newest() string {
	if len(v.Files) == 0 {
		return ""
	}
	return v.Files[0].Name
}
