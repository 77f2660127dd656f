package console

import (
	"context"
	"io"
	"iter"
	"time"
)

// A Server is what the administrator's pages learn from the process they run
// in, and have it do. Functions may be nil: then their page says that there is
// nothing.
type Server struct {
	System      func(context.Context) System
	Account     func() Account
	Doctor      func(context.Context) iter.Seq[Check]
	RestoreMenu func(context.Context) error
	Jobs        []Job
	// RunJob runs a job and returns when it has run; false: it runs already.
	RunJob  func(ctx context.Context, name string) (bool, error)
	Backups Backups
}

// System is the machine below the platform.
type System struct {
	Version            string
	Node               string // this process in the history of jobs
	Started            time.Time
	Engine             string // SQLite or PostgreSQL, with its version
	Schema             int64  // newest migration in the database
	DatabaseSize       int64  // bytes; 0: not known
	Redis              string // "", "ok", or what is wrong
	DiskFree, DiskSize int64  // of the data folder's disk, bytes; 0: not known
	InFlight, MayFly   int    // calls to WeChat of this process, now and at most
}

// Account is the official account as it is configured. Secrets are only told
// to be there.
type Account struct {
	Sandbox     bool
	AppID       string
	OriginalID  string
	Mode        string
	JSON        bool
	Route       string
	API         string
	CallbackURL string
	Domain      string // that 公众平台 has to know for OAuth
	Secrets     []Secret
	Addresses   []string // of this machine, for WeChat's allow-list
	Menu        []MenuItem
}

// A Secret is a setting whose value nobody sees.
type Secret struct {
	Name string
	Set  bool
}

// A MenuItem is one button below a follower's chat.
type MenuItem struct {
	Name string
	Sub  []string
}

// A Check is one thing that was looked at.
type Check struct {
	Name    string // as doctor has it: database, token, …
	State   string // "good", "bad", or "" for one that was skipped
	Finding string
	Remedy  string // empty unless it is bad
}

// A Job is one line of the job table.
type Job struct {
	Name     string
	Schedule string // five fields, Asia/Shanghai
	Next     func(time.Time) time.Time
}

// Backups keeps copies of the database. Nil functions: the database is
// PostgreSQL, which has tools of its own.
type Backups struct {
	Folder string
	List   func() ([]BackupFile, error) // the newest first
	Make   func(ctx context.Context, progress func(done, total int64)) (BackupFile, error)
	Open   func(name string) (io.ReadCloser, error) // fs.ErrNotExist
}

// A BackupFile is one copy of the database.
type BackupFile struct {
	Name string
	Size int64
	At   time.Time
}
